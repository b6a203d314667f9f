"""Print the completion script for a shell.

`eval "$(labelvc completion bash)"` in ~/.bashrc (zsh: in ~/.zshrc) switches it on.
"""

from __future__ import annotations

import argparse

from labelvc.cli.parser import top_parser, verb_parser
from labelvc.cli.verbs import VERBS

BASH = """\
_labelvc() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" verb="" known="{verbs} {options}" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${{COMP_WORDS[i]}}" in
      -C) ((i++)) ;;
      -*) ;;
      *) verb="${{COMP_WORDS[i]}}"; break ;;
    esac
  done
  case "$verb" in
    "") ;;
{cases}
  esac
  if [[ -n "$verb" && "$word" != -* ]]; then
    known="$(git for-each-ref --format='%(refname:short)' 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$known" -- "$word"))
}}
complete -o default -F _labelvc labelvc
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh"), help="the shell to complete in")


def run(args: argparse.Namespace) -> int:
    print(script(args.shell), end="")
    return 0


def script(shell: str) -> str:
    """The script: verbs, their options, and Git's names of revisions."""
    cases = "\n".join(f'    {name}) known="{_options(verb_parser(name))}" ;;' for name in VERBS)
    bash = BASH.format(verbs=" ".join(VERBS), options=_options(top_parser()), cases=cases)
    return bash if shell == "bash" else ZSH + bash


def _options(parser: argparse.ArgumentParser) -> str:
    actions = parser._option_string_actions
    return " ".join(sorted(actions))
