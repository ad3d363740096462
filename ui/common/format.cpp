#include "format.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Format final
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

constexpr std::array unitNames{"B", "kB", "MB", "GB", "TB", "PB", "EB"};

size_t unitFor(double bytes)
{
    size_t unit = 0;
    // 999.5 of a unit would round to a four-digit number.
    for (double value = bytes; value >= 999.5 && unit + 1 < unitNames.size(); ++unit)
        value /= 1000;
    return unit;
}

double inUnit(double bytes, size_t unit)
{
    return bytes / std::pow(1000.0, static_cast<double>(unit));
}

QString number(double value, bool keepsZero)
{
    const int decimals = value < 99.95 ? 1 : 0;
    const QLocale locale;
    QString text = locale.toString(value, 'f', decimals);
    if (decimals == 1 && !keepsZero && text.endsWith(locale.zeroDigit()))
        text.chop(1 + locale.decimalPoint().size());
    return text;
}

QString unitName(size_t unit)
{
    return QString::fromLatin1(unitNames.at(unit));
}

QString amount(double bytes)
{
    const size_t unit = unitFor(bytes);
    return u"%1 %2"_s.arg(number(inUnit(bytes, unit), false), unitName(unit));
}

QString about(qint64 count, const QString& one, const QString& many)
{
    return count == 1 ? one : many.arg(count);
}

/// Amid a sentence: nothing else of it may change, it holds names.
QString lowerFirst(const QString& text)
{
    return text.left(1).toLower() + text.mid(1);
}

QString withoutStop(const QString& sentence)
{
    return sentence.endsWith(u'.') ? sentence.chopped(1) : sentence;
}

QString pausedText(const QString& reason)
{
    const QString paused = stateText(TransferState::Paused);
    if (reason.isEmpty() || reason.startsWith(paused))
        return reason.isEmpty() ? paused : withoutStop(reason);
    return Format::tr("%1: %2").arg(paused, withoutStop(reason));
}

/// Who stopped an upload that can go on.
QString keptText(const TransferSnapshot& transfer)
{
    const QString until = expiryText(transfer.keptUntil);
    if (!isCancelledByPeer(transfer))
        return Format::tr("%1, kept until %2").arg(stateText(transfer.state), until);
    const QString peer = singleLine(transfer.peerName.isEmpty() ? transfer.peer : transfer.peerName);
    return Format::tr("Stopped by %1, kept until %2").arg(peer, until);
}

/// Unicode standard annex 9, §2.4: explicit directional isolates.
QString isolatedBy(char16_t mark, const QString& text)
{
    constexpr char16_t popIsolate = 0x2069;
    if (text.isEmpty() || !QGuiApplication::isRightToLeft())
        return text;
    return QChar(mark) + text + QChar(popIsolate);
}

/// A terminal or a line of text would obey it instead of showing it.
bool isObeyed(char32_t letter)
{
    switch (QChar::category(letter)) {
    case QChar::Other_Control:
    case QChar::Other_Surrogate: // a lone one
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    case QChar::Other_Format:
        return letter != 0x200C && letter != 0x200D; // joiners, which scripts and emoji need
    default:
        return false;
    }
}

} // namespace

QString bytesText(qint64 bytes)
{
    return bytes < 0 ? QString() : amount(static_cast<double>(bytes));
}

QString progressText(qint64 done, qint64 total)
{
    if (total < 0 || done >= total)
        return bytesText(done);
    const size_t unit = unitFor(static_cast<double>(total));
    const double value = inUnit(static_cast<double>(done), unit);
    if (done > 0 && value < 0.05)
        return Format::tr("%1 of %2").arg(bytesText(done), bytesText(total));
    // The digit after the point stays while it runs, so that the text does not jump.
    return Format::tr("%1 of %2").arg(number(value, unit > 0 && done > 0), bytesText(total));
}

QString countText(qint64 count)
{
    return QLocale().toString(count);
}

QString filesText(qint64 count)
{
    return count == 1 ? Format::tr("1 file") : Format::tr("%1 files").arg(countText(count));
}

QString filesProgressText(qint64 done, qint64 total)
{
    return done >= total ? filesText(done) : Format::tr("%1 of %2").arg(countText(done), filesText(total));
}

QString speedText(double bytesPerSecond)
{
    return bytesPerSecond < 1 ? QString() : Format::tr("%1/s").arg(amount(bytesPerSecond));
}

QString timeLeftText(std::optional<std::chrono::seconds> timeLeft)
{
    if (!timeLeft)
        return {};
    const qint64 seconds = timeLeft->count();
    if (seconds < 10)
        return Format::tr("A few seconds left");
    if (seconds < 55)
        return Format::tr("About %1 seconds left").arg((seconds + 9) / 10 * 10);
    if (seconds < 3570)
        return about((seconds + 30) / 60, Format::tr("About 1 minute left"),
                     Format::tr("About %1 minutes left"));
    if (seconds < 84'600)
        return about((seconds + 1800) / 3600, Format::tr("About 1 hour left"),
                     Format::tr("About %1 hours left"));
    return about((seconds + 43'200) / 86'400, Format::tr("About 1 day left"),
                 Format::tr("About %1 days left"));
}

QString stateText(TransferState state)
{
    switch (state) {
    case TransferState::Waiting:
        return Format::tr("Waiting");
    case TransferState::Preparing:
        return Format::tr("Preparing");
    case TransferState::Asking:
        return Format::tr("Waiting for an answer");
    case TransferState::Transferring:
        return Format::tr("Transferring");
    case TransferState::Paused:
        return Format::tr("Paused");
    case TransferState::Reconnecting:
        return Format::tr("Reconnecting");
    case TransferState::Verifying:
        return Format::tr("Verifying");
    case TransferState::Done:
        return Format::tr("Done");
    case TransferState::SentNotConfirmed:
        return Format::tr("Sent, not confirmed");
    case TransferState::Failed:
        return Format::tr("Failed");
    case TransferState::Cancelled:
        return Format::tr("Cancelled");
    }
    Q_UNREACHABLE();
}

bool isCancelledByPeer(const TransferSnapshot& transfer)
{
    return transfer.state == TransferState::Failed && transfer.error &&
           transfer.error->code == ErrorCode::Cancelled;
}

QString expiryText(const QDateTime& time)
{
    return QLocale().toString(time.toLocalTime(), u"d MMM, HH:mm"_s);
}

QString stateText(const TransferSnapshot& transfer)
{
    if (transfer.keptUntil.isValid() && isFinal(transfer.state))
        return keptText(transfer);
    if (isCancelledByPeer(transfer))
        return transfer.direction == Direction::Sending ? Format::tr("Cancelled by the receiver")
                                                        : Format::tr("Cancelled by the sender");
    if (transfer.state == TransferState::Paused)
        return pausedText(singleLine(transfer.note));
    const bool isOver = isFinal(transfer.state) && transfer.state != TransferState::Cancelled;
    if (!transfer.isBatch || transfer.filesFailed == 0 || !isOver)
        return stateText(transfer.state);
    if (transfer.state == TransferState::Failed)
        return transfer.error ? stateText(transfer.state) : Format::tr("Failed: no file landed");
    return Format::tr("%1, %2 of %3 failed")
        .arg(stateText(transfer.state), countText(transfer.filesFailed), filesText(transfer.filesTotal));
}

qint64 filesArrived(const TransferSnapshot& batch)
{
    return batch.filesDone + batch.filesSkipped + batch.filesUnconfirmed;
}

bool isPlain(const TransferSnapshot& transfer)
{
    return !transfer.isEncrypted && !transfer.peer.isEmpty();
}

std::optional<int> percentDone(const TransferSnapshot& transfer)
{
    if (transfer.bytesTotal < 0)
        return std::nullopt;
    if (transfer.bytesTotal == 0)
        return isFinal(transfer.state) ? 100 : 0;
    const double share = static_cast<double>(transfer.bytesDone) / static_cast<double>(transfer.bytesTotal);
    return static_cast<int>(std::clamp(share, 0.0, 1.0) * 100.0);
}

QString accessibleText(const TransferSnapshot& transfer)
{
    QStringList parts{singleLine(transfer.name)};
    const bool runs = transfer.state == TransferState::Transferring;
    const bool isHeld =
        transfer.state == TransferState::Paused || transfer.state == TransferState::Reconnecting;
    if (!runs)
        parts << lowerFirst(stateText(transfer));
    if (const auto percent = percentDone(transfer); (runs || isHeld) && percent)
        parts << Format::tr("%1 percent").arg(*percent);
    else if (runs)
        parts << bytesText(transfer.bytesDone);
    if (runs)
        parts << lowerFirst(timeLeftText(transfer.timeLeft));
    if (transfer.isBatch && transfer.state == TransferState::Preparing && transfer.filesTotal > 0)
        parts << filesText(transfer.filesTotal);
    if (transfer.error && !isCancelledByPeer(transfer))
        parts << singleLine(transfer.error->text) << (isHeld ? QString() : remedyFor(transfer));
    else if (isFinal(transfer.state))
        parts << singleLine(transfer.destination);
    if (!isHeld)
        parts << singleLine(transfer.note);
    if (isPlain(transfer))
        parts << Format::tr("not encrypted");
    parts.removeAll(QString());
    return parts.join(u", "_s);
}

QString singleLine(const QString& text)
{
    QString result;
    result.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool isPair = text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
        const char32_t letter = isPair ? QChar::surrogateToUcs4(text[i], text[i + 1]) : text[i].unicode();
        if (isObeyed(letter))
            result += QChar(QChar::ReplacementCharacter);
        else
            result += QStringView(text).mid(i, isPair ? 2 : 1);
        i += isPair ? 1 : 0;
    }
    return result;
}

QString shortLine(const QString& text, qsizetype most)
{
    QString line = singleLine(text.first(std::min(text.size(), most + 1)));
    if (line.size() <= most)
        return line;
    return line.first(line[most - 1].isHighSurrogate() ? most - 1 : most) + u'…';
}

QString isolated(const QString& text)
{
    constexpr char16_t firstStrongIsolate = 0x2068;
    return isolatedBy(firstStrongIsolate, text);
}

QString ltrText(const QString& text)
{
    constexpr char16_t leftToRightIsolate = 0x2066;
    return isolatedBy(leftToRightIsolate, text);
}

QString plainToolTip(const QString& text)
{
    if (text.isEmpty())
        return {};
    return u"<span>%1</span>"_s.arg(text.toHtmlEscaped().replace(u'\n', u"<br>"_s));
}

} // namespace sockdrop
