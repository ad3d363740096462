#pragma once

#include "transfer.h"

#include <QString>

#include <chrono>
#include <optional>

namespace sockdrop {

/// "512 B", "12.1 MB", "30 MB": decimal units, at most three digits that matter; empty below zero.
[[nodiscard]] QString bytesText(qint64 bytes);

/// "12.1 of 30 MB"; with an unknown total (-1) only what is done.
[[nodiscard]] QString progressText(qint64 done, qint64 total);

/// "12,345"
[[nodiscard]] QString countText(qint64 count);
/// "1 file", "12,345 files"
[[nodiscard]] QString filesText(qint64 count);
/// "3,212 of 10,000 files"; only the total once all are done.
[[nodiscard]] QString filesProgressText(qint64 done, qint64 total);

/// "11.2 MB/s"; empty where nothing is known.
[[nodiscard]] QString speedText(double bytesPerSecond);

/// "About 3 minutes left"; empty where nothing is known.
[[nodiscard]] QString timeLeftText(std::optional<std::chrono::seconds> timeLeft);

/// "26 Nov, 14:00", in this machine's time.
[[nodiscard]] QString expiryText(const QDateTime& time);

/// "Transferring", "Done", …
[[nodiscard]] QString stateText(TransferState state);
/// Failed only because somebody at the other machine wanted it so.
[[nodiscard]] bool isCancelledByPeer(const TransferSnapshot& transfer);
/// With what belongs to the state: who paused it, who cancelled it, how many files of a batch failed.
[[nodiscard]] QString stateText(const TransferSnapshot& transfer);

/// Files of a batch that are with the receiver, as far as anybody can tell.
[[nodiscard]] qint64 filesArrived(const TransferSnapshot& batch);

/// What goes over can be read and changed on the way.
[[nodiscard]] bool isPlain(const TransferSnapshot& transfer);

/// 0 to 100, rounded down, so that 100 means all; nothing while the total is unknown.
[[nodiscard]] std::optional<int> percentDone(const TransferSnapshot& transfer);

/// The whole row in words: "report.pdf, 40 percent, about 2 minutes left".
[[nodiscard]] QString accessibleText(const TransferSnapshot& transfer);

/// What a peer named, fit for one line on a screen: control, bidirectional and invisible characters, which
/// could forge or hide text, stand as U+FFFD.
[[nodiscard]] QString singleLine(const QString& text);
/// … and cut after `most` characters: a name may not push away what stands beside it.
[[nodiscard]] QString shortLine(const QString& text, qsizetype most = 60);

/// Of each line in a tool tip: a longer one would cover the screen.
inline constexpr qsizetype mostInToolTip = 500;

/// For text of any language amid other text, in a window that runs from right to left: its words and numbers
/// stand in their own order.
[[nodiscard]] QString isolated(const QString& text);
/// The same for what is read from left to right in every language: paths, addresses.
[[nodiscard]] QString ltrText(const QString& text);

/// Text for a tool tip that Qt never takes for markup.
[[nodiscard]] QString plainToolTip(const QString& text);

} // namespace sockdrop
