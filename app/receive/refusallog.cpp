#include "refusallog.h"

#include "jsonvalues.h"
#include "programlimits.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

void RefusalLog::note(const QHostAddress& peer, int status, const QString& told, TimePoint now)
{
    const QString line = shortened(told, Limits().textCharacters);
    const QMutexLocker lock(&m_mutex);
    const QString key = peer.toString() + u'\n' + line;
    if (const auto found = m_refusals.find(key); found != m_refusals.end()) {
        ++found->more;
    } else if (m_refusals.size() < mostLines) {
        m_refusals.insert(key, {peer, status, line, 0, now});
        log(peer, u"Refused (%1): %2"_s.arg(QString::number(status), line));
    } else if (m_others++ == 0) {
        m_othersSince = now;
    }
}

void RefusalLog::tick(TimePoint now)
{
    const QMutexLocker lock(&m_mutex);
    m_refusals.removeIf([&](const auto& entry) {
        Refusal& refusal = entry.value();
        if (now - refusal.toldAt < interval)
            return false;
        if (refusal.more == 0)
            return true;
        log(refusal.peer, u"Refused (%1) %2 more times: %3"_s.arg(
                              QString::number(refusal.status), QString::number(refusal.more), refusal.line));
        refusal.more = 0;
        refusal.toldAt = now;
        return false;
    });
    if (m_others == 0 || now - m_othersSince < interval)
        return;
    log({}, u"%1 more requests were refused."_s.arg(m_others));
    m_others = 0;
}

void RefusalLog::log(const QHostAddress& peer, const QString& text)
{
    LogEntry entry;
    entry.time = QDateTime::currentDateTimeUtc();
    entry.result = LogEntry::Result::Refused;
    entry.direction = Direction::Receiving;
    entry.peer = peer.toString();
    entry.text = text;
    m_board.log(entry);
}

} // namespace sockdrop
