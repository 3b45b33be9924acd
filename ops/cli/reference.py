"""``xunban reference``: the handbook's references, for whoever writes the handbook."""

from enum import StrEnum
from typing import Annotated

import typer

from ops.base.messages import LANGUAGES
from ops.cli.context import Context
from ops.documents.reference import commands_reference, settings_reference


class Reference(StrEnum):
    """The references there are."""

    COMMANDS = "commands"
    SETTINGS = "settings"


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command, which reads all the others."""

    @cli.command()
    def reference(
        context: typer.Context,
        what: Reference,
        lang: Annotated[str, typer.Option(help="zh | en")] = "",
    ) -> None:
        """手册里的命令和设置参考（Markdown）。The handbook's references."""
        ctx: Context = context.obj
        language = lang or ctx.language
        if language not in LANGUAGES:
            raise typer.BadParameter("zh | en", param_hint="--lang")
        text = (
            commands_reference(typer.main.get_command(cli), language)
            if what is Reference.COMMANDS
            else settings_reference(language)
        )
        print(text, end="")
