"""What a page is asked, in its own language, about how it can be read."""

from __future__ import annotations

# Every text in sight against what it stands on; WCAG 2.2, 1.4.3.
CONTRAST = """() => {
  const parse = (text) => {
    const found = text.match(/[\\d.]+/g).map(Number);
    const [r, g, b] = text.startsWith("color(") ? found.map((one) => one * 255) : found;
    return [r, g, b, found[3] ?? 1];
  };
  const over = (top, under) =>
    top.slice(0, 3).map((one, at) => one * top[3] + under[at] * (1 - top[3]));
  const light = (colour) => colour.map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    if (!element) return parse(getComputedStyle(document.body).backgroundColor).slice(0, 3);
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement));
  };
  const apart = "script, style, [aria-hidden=true], :disabled, .unseen, .skip";
  const bad = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest(apart) || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const under = ground(element);
    const pair = [light(over(parse(style.color), under)), light(under)].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < least) bad.push([element.className, element.textContent.slice(0, 30), ratio]);
  }
  return bad;
}"""

# Controls, and what has a role, without a name that could be read out.
NAMELESS = """() => {
  const named = (element) => element.getAttribute("aria-label") || element.textContent.trim()
    || element.getAttribute("aria-labelledby") || element.labels?.length;
  return [...document.querySelectorAll("button, input, select, textarea, summary, [role]")]
    .filter((element) => element.checkVisibility() && element.role !== "search")
    .filter((element) => element.id !== "status" && !named(element))
    .map((element) => element.outerHTML.slice(0, 120));
}"""
