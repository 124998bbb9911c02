"""The instructions of one stage, carried out: each changes the config, adds a vertex, or both, and tells the history.

Source: BuildKit ``dockerfile2llb`` (``dispatch`` and what it calls).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jettison.dockerfile import effects
from jettison.dockerfile.file_vertices import FileVertices, Transferred
from jettison.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    CommandLine,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Form,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stage,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.run_vertex import run_vertex
from jettison.dockerfile.stage_state import HISTORY_COMMENT
from jettison.dockerfile.stage_work import StageWork
from jettison.dockerfile.trace import CarriedOut, Trace
from jettison.errors import JettisonError
from jettison.model import config
from jettison.model.config import HistoryEntry
from jettison.model.definition import Step
from jettison.text.diagnostics import SourceError, error_at

_SUFFIX = " # buildkit"


class StageBuilder:
    """Carries out instructions on the state of a stage."""

    def __init__(
        self, work: StageWork, *, global_args: Mapping[str, str], triggers: int, stage: Stage, trace: Trace
    ) -> None:
        """The first ``triggers`` instructions come from the base."""
        self._stage = stage
        self._trace = trace
        self._work = work
        self._state = work.state
        self._global_args = global_args
        self._triggers = triggers
        self._files = FileVertices(work)

    def run(self, instructions: Sequence[Instruction]) -> None:
        """Carry out all instructions of the stage."""
        for number, instruction in enumerate(instructions):
            self._work.in_trigger = number < self._triggers
            self._work.expanded.clear()
            has_shell = bool(self._state.run.shell)
            finished = False
            try:
                self._do(instruction)
                finished = True
            except SourceError:
                raise
            except JettisonError as error:
                raise error_at(instruction.span, error.message, hint=error.hint) from error
            finally:
                step = CarriedOut(
                    stage=self._stage.number,
                    instruction=instruction,
                    trigger_of=self._stage.from_ if self._work.in_trigger else None,
                    has_shell=has_shell,
                    expanded=tuple(self._work.expanded),
                    finished=finished,
                )
                self._trace.steps.append(step)

    def _record(self, text: str, vertex: int | None = None) -> None:
        """Tell the history of an instruction; with its vertex where it makes a layer."""
        entry = HistoryEntry(created_by=text, comment=HISTORY_COMMENT, empty_layer=vertex is None)
        self._state.steps.append(Step(history=entry, vertex=vertex))

    def _arguments(self, command: CommandLine) -> tuple[str, ...]:
        """What is executed: an exec form as it is, everything else by the shell."""
        if command.form is Form.EXEC:
            return command.strings
        return effects.with_shell(self._state.run, command.script, self._state.base.platform.os)

    def _do(self, instruction: Instruction) -> None:
        match instruction:
            case Arg():
                self._arg(instruction)
            case Env():
                self._env(instruction)
            case Label():
                self._label(instruction)
            case Run():
                self._run(instruction)
            case Copy():
                self._copy(instruction)
            case Add():
                self._add(instruction)
            case Workdir():
                self._workdir(instruction)
            case User():
                self._user(instruction)
            case Expose():
                self._expose(instruction)
            case Volume():
                self._volume(instruction)
            case Healthcheck():
                self._healthcheck(instruction)
            case Entrypoint():
                self._entrypoint(instruction)
            case Cmd():
                self._cmd(instruction)
            case Shell():
                self._shell(instruction)
            case Stopsignal():
                self._stopsignal(instruction)
            case Maintainer():
                self._maintainer(instruction)
            case Onbuild():
                self._onbuild(instruction)
            case _:
                raise error_at(instruction.span, f"{instruction.name} cannot stand here")

    def _arg(self, instruction: Arg) -> None:
        told = []
        scope = self._state.scope
        for declaration in instruction.declarations:
            name = declaration.key.text
            value: str | None
            if name in self._work.build_args:
                value = self._work.build_args[name]
            elif declaration.default is not None:
                value = self._work.expand(declaration.default)
            else:
                value = self._global_args.get(name)
            scope.declare(name, value)
            told.append(name if value is None else f"{name}={value}")
        self._record(f"ARG {' '.join(told)}")

    def _env(self, instruction: Env) -> None:
        pairs = [(self._work.expand(pair.key), self._work.expand(pair.value)) for pair in instruction.pairs]
        self._state.scope.variables.update(pairs)
        self._record(effects.set_env(self._state.run, pairs))

    def _label(self, instruction: Label) -> None:
        pairs = [(self._work.expand(pair.key), self._work.expand(pair.value)) for pair in instruction.pairs]
        self._record(effects.set_labels(self._state.run, pairs))

    def _run(self, instruction: Run) -> None:
        args = self._arguments(instruction.command)
        if not args:
            raise error_at(instruction.span, "RUN requires at least one argument")
        number, args = run_vertex(self._work, instruction, args)
        self._state.root = number
        told = self._state.scope.told_args()
        prefix = [f"|{len(told)}", *told] if told else []
        self._record(f"RUN {' '.join([*prefix, *args])}{_SUFFIX}", number)

    def _copy(self, instruction: Copy) -> None:
        self._transferred(self._files.copy(instruction))

    def _add(self, instruction: Add) -> None:
        self._transferred(self._files.add(instruction))

    def _transferred(self, done: Transferred) -> None:
        self._state.root = done.root
        self._record(done.text + _SUFFIX, done.layer)

    def _workdir(self, instruction: Workdir) -> None:
        path = self._work.expand(instruction.path)
        text = effects.set_working_dir(self._state.run, path, self._state.platform.os)
        vertex = None
        if self._state.directory != "/":
            vertex = self._state.root = self._files.make_working_dir(instruction)
        self._record(text, vertex)

    def _user(self, instruction: User) -> None:
        self._record(effects.set_user(self._state.run, self._work.expand(instruction.user)))

    def _expose(self, instruction: Expose) -> None:
        specs = [text for word in instruction.ports for text in self._work.expand_words(word)]
        self._record(effects.expose(self._state.run, specs))

    def _volume(self, instruction: Volume) -> None:
        self._record(effects.add_volumes(self._state.run, [self._work.expand(word) for word in instruction.paths]))

    def _healthcheck(self, instruction: Healthcheck) -> None:
        test: tuple[str, ...] = ("NONE",)
        if instruction.command is not None:
            command = instruction.command
            test = ("CMD", *command.strings) if command.form is Form.EXEC else ("CMD-SHELL", command.script)
        check = config.Healthcheck(
            test=test,
            interval_ns=instruction.interval_ns,
            timeout_ns=instruction.timeout_ns,
            start_period_ns=instruction.start_period_ns,
            start_interval_ns=instruction.start_interval_ns,
            retries=instruction.retries,
        )
        self._record(effects.set_healthcheck(self._state.run, check))

    def _entrypoint(self, instruction: Entrypoint) -> None:
        args = self._arguments(instruction.command)
        self._record(effects.set_entrypoint(self._state.run, args, keep_cmd=self._state.cmd_set))

    def _cmd(self, instruction: Cmd) -> None:
        self._record(effects.set_cmd(self._state.run, self._arguments(instruction.command)))
        self._state.cmd_set = True

    def _shell(self, instruction: Shell) -> None:
        self._record(effects.set_shell(self._state.run, instruction.strings))

    def _stopsignal(self, instruction: Stopsignal) -> None:
        self._record(effects.set_stop_signal(self._state.run, self._work.expand(instruction.signal)))

    def _maintainer(self, instruction: Maintainer) -> None:
        self._state.author = instruction.author.text
        self._record(f"MAINTAINER {instruction.author.text}")

    def _onbuild(self, instruction: Onbuild) -> None:
        effects.add_on_build(self._state.run, instruction.text)
