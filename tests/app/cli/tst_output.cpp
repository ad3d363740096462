#include "output.h"
#include "patientdevice.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QTest>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A pipe whose writing end blocks.
struct Pipe
{
    Pipe()
    {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            qFatal("no pipe");
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        ::fcntl(ends[0], F_SETPIPE_SZ, 4096); // as small as it gets
    }
    ~Pipe()
    {
        for (const int end : ends)
            ::close(end);
    }
    Q_DISABLE_COPY_MOVE(Pipe)

    /// All that is there now.
    QByteArray read() const
    {
        QByteArray all;
        std::array<char, 65536> some{};
        for (ssize_t count = 0; (count = ::read(ends[0], some.data(), some.size())) > 0;)
            all.append(some.data(), count);
        return all;
    }

    /// All that the device has to say.
    QByteArray readAll(const PatientDevice& device) const
    {
        QByteArray all;
        const QDeadlineTimer deadline(20s);
        while (device.bytesToWrite() > 0 && !deadline.hasExpired()) {
            QCoreApplication::processEvents();
            all += read();
        }
        return all + read();
    }

    std::array<int, 2> ends{-1, -1};
};

} // namespace

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
    void whatNobodyReadsWaits();
    void tooMuchIsDroppedAndCounted_data();
    void tooMuchIsDroppedAndCounted();
    void nobodyReadsToTheEnd();
    void closedByTheReader();
    void fullDisksAreNoticed();

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

void TestOutput::whatNobodyReadsWaits()
{
    const Pipe pipe;
    PatientDevice device(pipe.ends[1]);
    Output output(device, m_error, [] { return 0; });
    for (int i = 0; i < 5000; ++i) {
        output.event(u"landed"_s, {{u"id"_s, i}});
        output.event(u"progress"_s, {{u"id"_s, i}}); // the first ones are taken at once
    }
    const QByteArray all = pipe.readAll(device);
    QCOMPARE(all.count("landed"), 5000);
    QVERIFY(all.count("progress") < 3000);
    QCOMPARE(device.bytesToWrite(), 0);
    QVERIFY(!all.contains("missed"));
    const QByteArrayList lines = all.split('\n');
    for (const QByteArray& line : lines)
        QVERIFY(line.isEmpty() || QJsonDocument::fromJson(line).isObject());
}

void TestOutput::tooMuchIsDroppedAndCounted_data()
{
    QTest::addColumn<int>("mostLines");
    QTest::addColumn<int>("mostBytes");
    QTest::newRow("lines") << 100 << 1'000'000;
    QTest::newRow("bytes") << 1'000'000 << 10'000;
}

void TestOutput::tooMuchIsDroppedAndCounted()
{
    constexpr int lines = 1000;
    QFETCH(int, mostLines);
    QFETCH(int, mostBytes);
    const Pipe pipe;
    PatientDevice device(pipe.ends[1], {static_cast<size_t>(mostLines), mostBytes});
    Output output(device, m_error, [] { return 0; });
    connect(&device, &PatientDevice::missed, this, [&output](qint64 count) { output.tellMissed(count); });
    const QString text(100, u'x');
    for (int i = 0; i < lines; ++i)
        output.event(u"e"_s, {{u"t"_s, text}});
    QVERIFY(device.bytesToWrite() <= mostBytes);
    QByteArray all = pipe.readAll(device);
    output.event(u"last"_s, {});
    all += pipe.readAll(device);
    const QByteArrayList told = all.split('\n');
    const QJsonObject missed = QJsonDocument::fromJson(told.at(told.size() - 3)).object();
    QCOMPARE(missed[u"event"_s].toString(), u"missed"_s);
    QVERIFY(missed[u"count"_s].toInt() > 0);
    QCOMPARE(missed[u"count"_s].toInt(), lines - (told.size() - 3));
}

void TestOutput::nobodyReadsToTheEnd()
{
    const Pipe pipe;
    PatientDevice device(pipe.ends[1]);
    device.write(QByteArray(100'000, 'x'));
    QVERIFY(!device.flush(1ms));
    QByteArray all = pipe.read();
    QVERIFY(!all.isEmpty());
    while (!device.flush(1ms))
        all += pipe.read();
    QCOMPARE(all + pipe.read(), QByteArray(100'000, 'x'));
}

void TestOutput::closedByTheReader()
{
    Pipe pipe;
    PatientDevice device(pipe.ends[1]);
    std::signal(SIGPIPE, SIG_IGN);
    device.write(QByteArray(100'000, 'x'));
    ::close(std::exchange(pipe.ends[0], -1));
    QVERIFY(device.flush(-1ms));
    QCOMPARE(device.write("x"), -1);
    QCOMPARE(device.bytesToWrite(), 0);
}

void TestOutput::fullDisksAreNoticed()
{
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    PatientDevice device(full);
    QVERIFY(!device.hasFailed());
    device.write("x");
    QVERIFY(device.flush(-1ms));
    QVERIFY(device.hasFailed());
    ::close(full);
}

QTEST_GUILESS_MAIN(TestOutput)
#include "tst_output.moc"
