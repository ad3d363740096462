#pragma once

#include <QHash>
#include <QHostAddress>
#include <QMutex>
#include <QString>

#include <chrono>

namespace sockdrop {

class UploadBoard;

/// Tells the log who was refused, a flood of the same in one line. Thread-safe.
class RefusalLog final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    /// What is refused again within this time is only counted, and told at its end.
    static constexpr std::chrono::seconds interval{10};
    /// So many different lines in that time; of more only the number is told.
    static constexpr int mostLines = 32;

    explicit RefusalLog(UploadBoard& board) : m_board(board) {}

    /// `line` may come from the peer.
    void note(const QHostAddress& peer, int status, const QString& line, TimePoint now);
    /// Some times a second.
    void tick(TimePoint now);

private:
    struct Refusal
    {
        QHostAddress peer;
        int status = 0;
        QString line;
        qint64 more = 0; ///< that were not told
        TimePoint toldAt;
    };

    void log(const QHostAddress& peer, const QString& text);

    UploadBoard& m_board;
    QMutex m_mutex;
    QHash<QString, Refusal> m_refusals; ///< by address and line
    qint64 m_others = 0;                ///< beyond mostLines
    TimePoint m_othersSince;
};

} // namespace sockdrop
