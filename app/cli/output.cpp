#include "output.h"

#include "messages.h"
#include "terminaltext.h"

#include <QIODevice>
#include <QJsonDocument>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// JSON leaves DEL, C1 and bidi characters as they are; inside its strings, and only there can they stand,
/// the same characters may be written as \uXXXX.
QByteArray jsonBody(const QJsonObject& fields)
{
    const QString text = QString::fromUtf8(QJsonDocument(fields).toJson(QJsonDocument::Compact));
    QString result;
    result.reserve(text.size());
    for (const QChar unit : text) {
        // Surrogates are escaped one by one, as RFC 8259 §7 wants it; pairs need no escape.
        if (unit.isSurrogate() || printable(unit) == unit)
            result += unit;
        else
            result += u"\\u%1"_s.arg(uint(unit.unicode()), 4, 16, QChar(u'0'));
    }
    return result.toUtf8();
}

} // namespace

Output::Output(QIODevice& out, QIODevice& error, TerminalWidth terminalWidth)
    : m_out(out), m_error(error), m_terminalWidth(std::move(terminalWidth))
{}

Output::~Output()
{
    clearProgress();
}

void Output::line(const QString& text)
{
    clearProgress();
    m_out.write(printable(text).toUtf8() + '\n');
}

void Output::event(const QString& name, const QJsonObject& fields)
{
    m_hasEvents = true;
    if (name == "progress"_L1 && m_out.bytesToWrite() > 0)
        return;
    QByteArray text = "{\"event\":\"" + name.toUtf8() + '"';
    if (!fields.isEmpty())
        text += ',';
    m_out.write(text + jsonBody(fields).sliced(1) + '\n');
}

void Output::verbatim(const QString& text)
{
    clearProgress();
    m_out.write(text.toUtf8());
}

void Output::warning(const QString& text)
{
    clearProgress();
    m_error.write("sockdrop-cli: " + printable(text).toUtf8() + '\n');
}

void Output::setProgress(const QString& text)
{
    const int width = m_terminalWidth();
    if (width <= 0 || m_isHeld || m_out.bytesToWrite() > 0)
        return;
    // A column stays free: a full last one makes some terminals wrap.
    m_out.write('\r' + elided(printable(text), width - 1).toUtf8() + "\x1b[K");
    m_hasProgress = true;
}

void Output::tellMissed(qint64 lines)
{
    if (m_hasEvents)
        event(u"missed"_s, {{u"count"_s, lines}});
    else
        line(Cli::tr("%1 lines are missing here, as nobody read them.").arg(lines));
}

void Output::clearProgress()
{
    if (!m_hasProgress)
        return;
    m_out.write("\r\x1b[K");
    m_hasProgress = false;
}

} // namespace sockdrop
