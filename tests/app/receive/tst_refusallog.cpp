#include "programlimits.h"
#include "refusallog.h"
#include "uploadboard.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestRefusalLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachIsTold();
    void floodOfTheSame();
    void floodOfMany();
    void longLinesAreCut();

private:
    [[nodiscard]] QStringList lines(UploadBoard& board) const;

    const RefusalLog::TimePoint m_now{1000s};
};

QStringList TestRefusalLog::lines(UploadBoard& board) const
{
    QStringList texts;
    for (const LogEntry& entry : board.take().entries)
        texts += entry.peer + u' ' + entry.text;
    return texts;
}

void TestRefusalLog::eachIsTold()
{
    UploadBoard board;
    RefusalLog log(board);
    const QHostAddress one(u"192.0.2.1"_s);
    const QHostAddress other(u"192.0.2.2"_s);
    log.note(one, 403, u"No."_s, m_now);
    log.note(other, 403, u"No."_s, m_now);
    log.note(one, 400, u"What?"_s, m_now);
    QCOMPARE(lines(board), QStringList({u"192.0.2.1 Refused (403): No."_s, u"192.0.2.2 Refused (403): No."_s,
                                        u"192.0.2.1 Refused (400): What?"_s}));
    log.tick(m_now + RefusalLog::interval);
    QVERIFY(lines(board).isEmpty());
    log.note(one, 403, u"No."_s, m_now + RefusalLog::interval);
    QCOMPARE(lines(board).size(), 1);
}

void TestRefusalLog::floodOfTheSame()
{
    UploadBoard board;
    RefusalLog log(board);
    const QHostAddress peer(u"192.0.2.1"_s);
    for (int number = 0; number < 1000; ++number)
        log.note(peer, 429, u"Later."_s, m_now + number * 1ms);
    QCOMPARE(lines(board).size(), 1);
    log.tick(m_now + RefusalLog::interval - 1ms);
    QVERIFY(lines(board).isEmpty());
    log.tick(m_now + RefusalLog::interval);
    QCOMPARE(lines(board), QStringList{u"192.0.2.1 Refused (429) 999 more times: Later."_s});
    log.note(peer, 429, u"Later."_s, m_now + RefusalLog::interval);
    log.tick(m_now + 2 * RefusalLog::interval);
    QCOMPARE(lines(board), QStringList{u"192.0.2.1 Refused (429) 1 more times: Later."_s});
}

void TestRefusalLog::floodOfMany()
{
    UploadBoard board;
    RefusalLog log(board);
    for (int number = 0; number < 1000; ++number)
        log.note(QHostAddress(0xc0000200U + quint32(number)), 421, u"I am not %1."_s.arg(number), m_now);
    QCOMPARE(lines(board).size(), RefusalLog::mostLines);
    log.tick(m_now + RefusalLog::interval);
    const QStringList told = lines(board);
    QCOMPARE(told.size(), 1);
    QVERIFY(told[0].contains(QString::number(1000 - RefusalLog::mostLines)));
}

void TestRefusalLog::longLinesAreCut()
{
    UploadBoard board;
    RefusalLog log(board);
    log.note(QHostAddress(u"192.0.2.1"_s), 421, QString(8000, u'x'), m_now);
    const QString line = QString(Limits().textCharacters - 1, u'x') + u"…"_s;
    QCOMPARE(lines(board), QStringList{u"192.0.2.1 Refused (421): "_s + line});
}

QTEST_GUILESS_MAIN(TestRefusalLog)
#include "tst_refusallog.moc"
