"""From files to a checked snapshot, in one call."""

from __future__ import annotations

from labelvc.core.errors import SchemaError
from labelvc.core.snapshot import Snapshot
from labelvc.formats import registry
from labelvc.formats.base import Format, Scan, Settings, check_settings
from labelvc.formats.source import Source


def scan(
    source: Source, format_name: str | None, settings: Settings
) -> tuple[Scan, Format, Settings]:
    """A source in pieces, its format (sniffed where no name is given), the settled settings.

    Raises UnknownFormat, SettingNeeded, ParseError.
    """
    fmt = registry.by_name(format_name) if format_name else registry.sniff(source)
    check_settings(fmt, settings, source.name)
    settled = fmt.settle(source, settings)
    return fmt.scan(source, settled), fmt, settled


def read(
    source: Source, format_name: str | None, settings: Settings, key: str | None = None
) -> tuple[Snapshot, Format, Settings]:
    """The snapshot of a source, its format (sniffed where no name is given), the settled settings.

    `key` names the field that identifies samples. Raises UnknownFormat, SettingNeeded, ParseError,
    and SchemaError for what no snapshot may hold.
    """
    pieces, fmt, settled = scan(source, format_name, settings)
    return decode(pieces, source, key), fmt, settled


def decode(pieces: Scan, source: Source, key: str | None = None) -> Snapshot:
    """The whole snapshot of a source in pieces.

    Raises ParseError, and SchemaError for what no snapshot may hold.
    """
    snapshot = pieces.read(None, key)
    try:
        return snapshot.check()
    except SchemaError as error:
        raise SchemaError(f"{source.name}: {error.message}", hint=error.hint) from None
