"""`offtake completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Literal

from offtake.cli import screen


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the script with which a shell completes commands, options and values.

    Keep it where the shell looks, and make it anew after an upgrade:

        offtake completion bash
        offtake completion zsh
        offtake completion fish

    That is ~/.local/share/bash-completion/completions/offtake for bash, a file _offtake in
    a folder of its $fpath for zsh, ~/.config/fish/completions/offtake.fish for fish.

    Args:
        shell: Which shell is to read it.
    """
    from offtake.cli import completing

    screen.say(completing.script(shell))
