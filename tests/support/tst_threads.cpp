#include <QSemaphore>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <memory>
#include <vector>

using namespace Qt::StringLiterals;

namespace {

struct Note
{
    QString text;
    std::vector<int> numbers;
};

class Worker final : public QObject
{
    Q_OBJECT

public:
    void work(const Note& note)
    {
        m_seen += note.text.size() + qsizetype(note.numbers.size());
        QMetaObject::invokeMethod(this, [this, text = note.text + u"!"_s] { m_seen += text.size(); });
        Q_EMIT done(Note{note.text + u"?"_s, {1, 2, 3}}, QByteArray(1000, 'x'));
    }

    qsizetype seen() const { return m_seen; }

Q_SIGNALS:
    void done(const Note& note, const QByteArray& bytes);

private:
    qsizetype m_seen = 0;
};

} // namespace

/// What Qt hands from thread to thread in order is no data race: this passes under ThreadSanitizer too.
class TestThreads final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void queuedSignalsAndCalls();
    void socketOnAnotherThread();

Q_SIGNALS:
    void asked(const Note& note);
};

void TestThreads::queuedSignalsAndCalls()
{
    constexpr int rounds = 500;
    QThread thread;
    auto worker = std::make_unique<Worker>();
    worker->moveToThread(&thread);
    thread.start();
    connect(this, &TestThreads::asked, worker.get(), &Worker::work);
    int answers = 0;
    qsizetype bytes = 0;
    connect(worker.get(), &Worker::done, this, [&](const Note& note, const QByteArray& data) {
        ++answers;
        bytes += data.size() + note.text.size();
    });
    for (int round = 0; round < rounds; ++round) {
        Q_EMIT asked(Note{u"signal %1"_s.arg(round), std::vector<int>(10, round)});
        QMetaObject::invokeMethod(
            worker.get(), [&worker, note = Note{u"call %1"_s.arg(round), {1}}] { worker->work(note); });
    }
    QTRY_COMPARE(answers, 2 * rounds);
    QMetaObject::invokeMethod(
        worker.get(), [] {}, Qt::BlockingQueuedConnection);
    QVERIFY(worker->seen() > 0);
    QVERIFY(bytes > 0);
    QMetaObject::invokeMethod(
        worker.get(), [&worker] { worker.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

void TestThreads::socketOnAnotherThread()
{
    QThread thread;
    QObject there;
    there.moveToThread(&thread);
    thread.start();
    quint16 port = 0;
    std::unique_ptr<QTcpServer> server;
    QMetaObject::invokeMethod(
        &there,
        [&] {
            server = std::make_unique<QTcpServer>();
            QVERIFY(server->listen(QHostAddress::LocalHost));
            port = server->serverPort();
            connect(server.get(), &QTcpServer::newConnection, server.get(), [&] {
                QTcpSocket* socket = server->nextPendingConnection();
                connect(socket, &QTcpSocket::readyRead, socket,
                        [socket] { socket->write(socket->readAll()); });
            });
        },
        Qt::BlockingQueuedConnection);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, port);
    socket.write(QByteArray(100'000, 'x'));
    QByteArray answer;
    connect(&socket, &QTcpSocket::readyRead, this, [&] { answer += socket.readAll(); });
    QTRY_COMPARE(answer.size(), 100'000);
    QMetaObject::invokeMethod(
        &there, [&server] { server.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

QTEST_GUILESS_MAIN(TestThreads)
#include "tst_threads.moc"
