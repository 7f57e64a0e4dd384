"""Shells: how bash, zsh and fish ask what can come next, and how they are answered.

Click finds the answers. Its own scripts lose the option of ``--stage=mi``, and the quotes that a
name needs (ADR 0016), so these hand over the line up to the cursor as it is, and leave quotes
to the shell.

A shell asks by a call with two variables: ``_RUN_REPOSYNC_COMPLETE=bash_complete`` and the line. It
gets a line for each answer: its type (plain, or file: the shell's own completion of files), its
value and what that means, with tabs between.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from click.shell_completion import ShellComplete, add_completion_class, split_arg_string

from reposync.cli.program import PROGRAM, SHELL_VARIABLE

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

Shell = Literal["bash", "zsh", "fish"]
_LINE = "_RUN_REPOSYNC_LINE"
_CURSOR = "\0"
_BREAKING = frozenset("\t\n\r")


class _Answering(ShellComplete):
    """What is the same for all shells."""

    def source(self) -> str:
        """Write the script that teaches the shell to complete the command."""
        names = {"program": PROGRAM, "variable": SHELL_VARIABLE, "line": _LINE}
        return self.source_template % names

    def get_completion_args(self) -> tuple[list[str], str]:
        """Split the line into the words before the cursor and the one, or value, that it ends."""
        *words, last = split_arg_string(os.environ.get(_LINE, "") + _CURSOR)
        option, equals, value = last.removesuffix(_CURSOR).partition("=")
        if equals and option.startswith("--"):
            return [*words[1:], option], value
        return words[1:], option + equals + value

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return all answers but those that no line can hold."""
        found = super().get_completions(args, incomplete)
        return [item for item in found if _BREAKING.isdisjoint(item.value)]

    def format_completion(self, item: CompletionItem) -> str:
        """Write an answer's line."""
        return f"{item.type}\t{item.value}\t{' '.join((item.help or '').split())}"


class Bash(_Answering):
    """Bash replaces what follows the last of its word breaks, and quotes nothing itself."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = r"""# bash completion for %(program)s
_run_reposync() {
    local kind value _ program=$1 line=${COMP_LINE:0:COMP_POINT} option='' quoted=''
    local word=${line##*[[:space:]]}
    if [[ $word == --*=* ]]; then
        [[ $COMP_WORDBREAKS == *=* ]] || option=${word%%%%=*}=
        word=${word#*=}
    fi
    local replaced=${word##*:}
    [[ $COMP_WORDBREAKS == *:* ]] || replaced=$word
    [[ ${line%%"$2"} == *[\"\'] ]] && quoted=true
    type -P "$program" >/dev/null || program=%(program)s
    COMPREPLY=()
    while IFS=$'\t' read -r kind value _; do
        if [[ $kind == file ]]; then
            compopt -o default 2>/dev/null
        elif [[ $kind ]]; then
            [[ $quoted ]] || printf -v value %%q "$value"
            COMPREPLY+=("$option${value#"${word%%"$replaced"}"}")
        fi
    done < <(env %(line)s="$line" %(variable)s=bash_complete "$program" 2>/dev/null)
}
complete -o nosort -F _run_reposync %(program)s 2>/dev/null ||
    complete -o default -F _run_reposync %(program)s
"""


class Zsh(_Answering):
    """Zsh needs what precedes a value, and a colon before what it means."""

    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = r"""#compdef %(program)s
_run_reposync() {
    local answer line program=${(Q)words[1]}
    local -a fields plain described
    whence -p -- $program >/dev/null || program=%(program)s
    line="${words[1,CURRENT-1]} $PREFIX"
    [[ $PREFIX == --*=* ]] && compset -P '*='
    for answer in "${(@f)$(
        env %(line)s="$line" %(variable)s=zsh_complete $program 2>/dev/null
    )}"; do
        fields=("${(@ps:\t:)answer}")
        if [[ $fields[1] == file ]]; then
            _files
        elif [[ -n $fields[3] ]]; then
            described+=("${fields[2]//:/\\:}:$fields[3]")
        elif [[ -n $fields[2] ]]; then
            plain+=("$fields[2]")
        fi
    done
    (( $#described )) && _describe -V '%(program)s' described
    (( $#plain )) && compadd -V plain -a plain
}
if [[ $funcstack[1] == _%(program)s ]]; then
    _run_reposync "$@"
else
    compdef _run_reposync %(program)s
fi
"""


class Fish(_Answering):
    """Fish replaces the whole word, with an option that precedes the value."""

    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = r"""# fish completion for %(program)s
function _run_reposync
    set -l program (commandline -po)[1]
    type -q "$program"; or set program %(program)s
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=|^' $word)
    for answer in (env %(line)s=(commandline -cp | string collect) \
            %(variable)s=fish_complete $program 2>/dev/null)
        set -l fields (string split \t -- $answer)
        if test $fields[1] = file
            for path in (complete -C "'' "(string replace -- "$option" '' $word))
                echo $option$path
            end
        else
            printf '%%s\t%%s\n' $option$fields[2] $fields[3]
        end
    end
end
complete --command %(program)s --no-files --keep-order --arguments '(_run_reposync)'
"""


_ANSWERING: dict[Shell, type[_Answering]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def script(shell: Shell, root: click.Command) -> str:
    """Write the script that teaches *shell* to complete the command *root*."""
    return _ANSWERING[shell](root, {}, PROGRAM, SHELL_VARIABLE).source()


def answer_shells() -> None:
    """Have click answer shells as these scripts ask."""
    for shell in get_args(Shell):
        add_completion_class(_ANSWERING[shell])
