#pragma once

#include <QString>

#include <chrono>

namespace sockdrop {

/// `text` with everything a terminal could obey instead of show (control, escape, bidi and other invisible
/// characters, broken UTF-16) written as "\x1b" or "\u{202e}". For every text that may come from a peer.
[[nodiscard]] QString printable(const QString& text);

/// Columns a terminal needs for printable text: 2 for wide East Asian characters and emoji, 0 for combining
/// marks.
[[nodiscard]] int displayWidth(const QString& text);

/// `text` cut at its end, with "…", to at most `columns`.
[[nodiscard]] QString elided(const QString& text, int columns);

/// "1.2 MB"
[[nodiscard]] QString sizeText(qint64 bytes);

/// "0:07", "12:34", "1:02:03"
[[nodiscard]] QString durationText(std::chrono::seconds duration);

} // namespace sockdrop
