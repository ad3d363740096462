#include "output.h"

#include <QBuffer>
#include <QJsonDocument>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestOutput final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void linesAreSafeForTerminals();
    void eventsParseBack();
    void eventsAreSafeForTerminals();
    void eventNameComesFirst();
    void progressNeedsTerminal();
    void progressIsOneLine();
    void progressFits();
    void progressIsClearedBeforeLines();
    void progressWaitsForAnAnswer();
    void progressIsClearedAtTheEnd();

private:
    QBuffer m_out;
    QBuffer m_error;
};

void TestOutput::init()
{
    for (QBuffer* buffer : {&m_out, &m_error}) {
        buffer->close();
        buffer->setData({});
        QVERIFY(buffer->open(QIODevice::WriteOnly));
    }
}

void TestOutput::linesAreSafeForTerminals()
{
    Output output(m_out, m_error, [] { return 0; });
    output.line(u"a\x1b]0;owned\x07\nb"_s);
    output.warning(u"c\x9b\rd"_s);
    QCOMPARE(m_out.data(), QByteArray("a\\x1b]0;owned\\x07\\x0ab\n"));
    QCOMPARE(m_error.data(), QByteArray("sockdrop-cli: c\\x9b\\x0dd\n"));
}

void TestOutput::eventsParseBack()
{
    Output output(m_out, m_error, [] { return 0; });
    const QJsonObject fields{{u"name"_s, u"a\x1b\u009b\u202e\"\\ 日 🎉\n"_s},
                             {u"bytes"_s, qint64(9007199254740993)},
                             {u"total"_s, QJsonValue()}};
    output.event(u"progress"_s, fields);
    QVERIFY(m_out.data().endsWith('\n'));
    QCOMPARE(m_out.data().count('\n'), 1);
    QJsonObject expected = fields;
    expected[u"event"_s] = u"progress"_s;
    QCOMPARE(QJsonDocument::fromJson(m_out.data()).object(), expected);
}

void TestOutput::eventsAreSafeForTerminals()
{
    Output output(m_out, m_error, [] { return 80; });
    output.event(u"landed"_s, {{u"name"_s, u"\x1b\u009b\u202e\u007f🎉"_s}});
    QCOMPARE(
        m_out.data(),
        QByteArray("{\"event\":\"landed\",\"name\":\"\\u001b\\u009b\\u202e\\u007f\xf0\x9f\x8e\x89\"}\n"));
}

void TestOutput::eventNameComesFirst()
{
    Output output(m_out, m_error, [] { return 0; });
    output.event(u"done"_s, {});
    output.event(u"done"_s, {{u"a"_s, 1}});
    QCOMPARE(m_out.data(), QByteArray("{\"event\":\"done\"}\n{\"event\":\"done\",\"a\":1}\n"));
}

void TestOutput::progressNeedsTerminal()
{
    Output output(m_out, m_error, [] { return 0; });
    output.setProgress(u"10 %"_s);
    output.line(u"x"_s);
    QCOMPARE(m_out.data(), QByteArray("x\n"));
}

void TestOutput::progressIsOneLine()
{
    Output output(m_out, m_error, [] { return 80; });
    output.setProgress(u"a\nb\x1b[2J"_s);
    QCOMPARE(m_out.data(), QByteArray("\ra\\x0ab\\x1b[2J\x1b[K"));
}

void TestOutput::progressFits()
{
    int width = 10;
    Output output(m_out, m_error, [&width] { return width; });
    output.setProgress(u"日本語日本語"_s);
    QCOMPARE(m_out.data(), u"\r日本語日…\x1b[K"_s.toUtf8());
    width = 5;
    m_out.buffer().clear();
    m_out.seek(0);
    output.setProgress(u"abcdef"_s);
    QCOMPARE(m_out.data(), u"\rabc…\x1b[K"_s.toUtf8());
}

void TestOutput::progressIsClearedBeforeLines()
{
    Output output(m_out, m_error, [] { return 80; });
    output.setProgress(u"1"_s);
    output.line(u"x"_s);
    output.line(u"y"_s);
    output.setProgress(u"2"_s);
    output.warning(u"w"_s);
    QCOMPARE(m_out.data(), QByteArray("\r1\x1b[K\r\x1b[Kx\ny\n\r2\x1b[K\r\x1b[K"));
}

void TestOutput::progressWaitsForAnAnswer()
{
    Output output(m_out, m_error, [] { return 80; });
    output.setProgress(u"1"_s);
    output.holdProgress(true);
    output.warning(u"Yes or no?"_s);
    output.setProgress(u"2"_s);
    QCOMPARE(m_out.data(), QByteArray("\r1\x1b[K\r\x1b[K"));
    output.holdProgress(false);
    output.setProgress(u"3"_s);
    QVERIFY(m_out.data().endsWith("\r3\x1b[K"));
}

void TestOutput::progressIsClearedAtTheEnd()
{
    {
        Output output(m_out, m_error, [] { return 80; });
        output.setProgress(u"1"_s);
    }
    QCOMPARE(m_out.data(), QByteArray("\r1\x1b[K\r\x1b[K"));
}

QTEST_GUILESS_MAIN(TestOutput)
#include "tst_output.moc"
