"use strict";
// Sound: its waveform with the labelled segments, and a player.
(function (L) {
  const { h, svg, button, fill } = L;
  const HEIGHT = 100;

  const seconds = (value) => {
    const rest = (value % 60).toFixed(2).padStart(5, "0");
    return `${Math.floor(value / 60)}:${rest}`;
  };

  /** The waveform; whatever its size. */
  function wave(peaks) {
    const middle = HEIGHT / 2;
    const bars = peaks
      .map((peak, at) => {
        const half = Math.max(peak * middle * 0.94, 0.6);
        return `M${at + 0.5} ${middle - half}V${middle + half}`;
      })
      .join("");
    return svg(
      "svg",
      { class: "wave", viewBox: `0 0 ${Math.max(peaks.length, 1)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { d: bars, "vector-effect": "non-scaling-stroke" }),
    );
  }

  function player(evidence, moved) {
    const { offset, length } = evidence;
    const sound = h("audio", { src: evidence.src, preload: "auto" });
    let until = Infinity;
    let frame = 0;
    const at = () => offset + sound.currentTime;

    function follow() {
      if (at() >= until) sound.pause();
      moved(at(), !sound.paused);
      if (!sound.paused) frame = window.requestAnimationFrame(follow);
    }
    for (const event of ["play", "pause", "ended", "seeked"]) {
      sound.addEventListener(event, () => {
        window.cancelAnimationFrame(frame);
        follow();
      });
    }
    const seek = (to) => (sound.currentTime = Math.min(Math.max(to - offset, 0), length));
    // Nobody hears a refusal; a sound that cannot be played is said by its error event.
    const play = () => sound.play().catch(() => moved(at(), false));
    return {
      sound,
      at,
      toggle() {
        until = Infinity;
        if (sound.paused) play();
        else sound.pause();
      },
      seek(to) {
        until = Infinity;
        seek(to);
      },
      segment(start, end) {
        until = end;
        seek(start);
        play();
      },
    };
  }

  function band(mark, evidence, play) {
    const { offset, length } = evidence;
    const share = (time) => Math.min(Math.max((time - offset) / length, 0), 1) * 100;
    const side = L.shapes.SIDES[mark.side];
    const label = `${side}${mark.category ? ` ${mark.category}` : ""}, ${seconds(mark.start)} to ${seconds(mark.end)}`;
    const made = h(
      play ? "button" : "div",
      {
        type: play && "button", class: `band side-${mark.side}`, title: label,
        "aria-label": play ? `Play ${label}` : label, role: play ? null : "img",
        onclick: play && ((event) => (event.stopPropagation(), play(mark.start, mark.end))),
      },
      h("span", {}, side, mark.category && [" ", L.name(mark.category)]),
    );
    made.style.left = `${share(mark.start)}%`;
    made.style.width = `${Math.max(share(mark.end) - share(mark.start), 0.4)}%`;
    return made;
  }

  L.audioEvidence = function (evidence) {
    const { offset, length } = evidence;
    const head = h("div", { class: "playhead" });
    const time = h("span", { class: "time" }, seconds(offset));
    const play = button({ label: "Play", icon: "play", key: "space" }, () => playing.toggle());
    const playing = evidence.src ? player(evidence, moved) : null;
    const track = h(
      "div",
      playing
        ? {
            class: "track", role: "slider", tabindex: "0", "aria-label": "Position",
            "aria-valuemin": offset, "aria-valuemax": offset + length, "aria-valuenow": offset,
            "aria-valuetext": seconds(offset), onclick: clicked, onkeydown: pressed,
          }
        : { class: "track", role: "img", "aria-label": "Waveform" },
      wave(evidence.peaks),
      head,
    );
    const bands = h("div", { class: "bands" },
      evidence.marks.map((mark) => band(mark, evidence, playing && playing.segment)));

    function moved(at, isPlaying) {
      head.style.left = `${Math.min(Math.max((at - offset) / length, 0), 1) * 100}%`;
      fill(time, `${seconds(at)} / ${seconds(offset + length)}`);
      L.put(track, { "aria-valuenow": at.toFixed(2), "aria-valuetext": seconds(at) });
      const label = isPlaying ? "Pause" : "Play";
      if (play.dataset.label === label) return;
      play.dataset.label = label;
      fill(play, L.icon(label.toLowerCase()), h("span", {}, label), h("kbd", { "aria-hidden": "true" }, "space"));
    }

    function clicked(event) {
      const box = track.getBoundingClientRect();
      playing.seek(offset + ((event.clientX - box.left) / box.width) * length);
    }

    function pressed(event) {
      const step = { ArrowLeft: -0.25, ArrowRight: 0.25, PageUp: 2, PageDown: -2 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      playing.seek(playing.at() + step);
    }

    if (playing) {
      moved(offset, false);
      playing.sound.addEventListener("error", () =>
        fill(play.parentElement, h("p", { class: "notice" }, "This sound cannot be played here.")));
    }
    return h(
      "div",
      { class: "evidence-audio", onplaytoggle: () => playing && playing.toggle() },
      h("div", { class: "evidence-tools" }, playing && [play, time, playing.sound]),
      h("div", { class: "waveform" }, track, bands),
      h("div", { class: "scale", "aria-hidden": "true" },
        h("span", {}, seconds(offset)), h("span", {}, seconds(offset + length))),
      evidence.note && h("p", { class: "soft" }, evidence.note),
      evidence.marks.length > 0 && L.shapes.legend(evidence),
    );
  };
  L.wave = wave;
})(window.labelvc);
