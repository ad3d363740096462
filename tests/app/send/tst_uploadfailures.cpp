#include "queuefixture.h"
#include "receiverfixture.h"
#include "withoutprivileges.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Files of a batch that cannot be sent, or that the receiver does not take: the others land, each one is
/// told, and a retry is for these only.
class TestUploadFailures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void badEntriesStopNothing();
    void nothingCanBeSent();
    void folderWithoutAnythingToSend();
    void everythingIsRefused();
    void retrySendsOnlyWhatFailed();
    void retrySendsWhatIsThereNow();
    void retryTellsAgainWhatStillFails();
    void retryFindsWhatCanBeReadNow();
    void retryFollowsNoLinkOut();
    void retryAfterCancelledWalk();
    void tooManyFiles();

private:
    void startReceiver(const ReceiveOptions& options = {});
    [[nodiscard]] PeerAddress receiverAddress()
    {
        return {u"127.0.0.1"_s, m_receiver->receiver().port(), true};
    }
    [[nodiscard]] QByteArray encoded(const QString& relative) const
    {
        return QFile::encodeName(m_queue->path(relative));
    }
    void setMode(const QString& relative, mode_t mode) const
    {
        QCOMPARE(::chmod(encoded(relative).constData(), mode), 0);
    }
    void makeSocket(const QString& relative) const;

    std::unique_ptr<WithoutPrivileges> m_forRoot;
    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;
};

void TestUploadFailures::init()
{
    m_receiver = std::make_unique<ReceiverFixture>();
    m_queue = std::make_unique<QueueFixture>();
    m_forRoot = std::make_unique<WithoutPrivileges>();
}

void TestUploadFailures::cleanup()
{
    m_forRoot.reset();
    m_queue.reset();
    m_receiver.reset();
}

void TestUploadFailures::startReceiver(const ReceiveOptions& options)
{
    QVERIFY(m_receiver->start(options));
}

void TestUploadFailures::makeSocket(const QString& relative) const
{
    // The name is short where the path may be too long for a socket.
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(QFileInfo(m_queue->path(relative)).path()));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, QFileInfo(relative).fileName().toUtf8().constData(), sizeof address.sun_path);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QCOMPARE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
    QVERIFY(QDir::setCurrent(before));
}

void TestUploadFailures::badEntriesStopNothing()
{
    startReceiver();
    (void)m_queue->makeFile(u"secret"_s, "secret");
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/closed folder/x"_s, "x");
    (void)m_queue->makeFile(u"tree/closed file"_s, "x");
    (void)m_queue->makeFile(u"tree/sub/CON\\x"_s, "b"); // becomes another name over there
    setMode(u"tree/closed folder"_s, 0);
    setMode(u"tree/closed file"_s, 0);
    makeSocket(u"tree/socket"_s);
    QCOMPARE(::mkfifo(encoded(u"tree/pipe"_s).constData(), 0600), 0);
    QVERIFY(QFile::link(u"loop 2"_s, m_queue->path(u"tree/loop 1"_s)));
    QVERIFY(QFile::link(u"loop 1"_s, m_queue->path(u"tree/loop 2"_s)));
    QVERIFY(QFile::link(u"."_s, m_queue->path(u"tree/itself"_s)));
    QVERIFY(QFile::link(m_queue->path(u"secret"_s), m_queue->path(u"tree/out"_s)));
    const QByteArray noText = encoded(u"tree/sub"_s) + "/b\xff";
    const int fd = ::open(noText.constData(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    QVERIFY(fd >= 0);
    ::close(fd);

    QVERIFY(m_queue->sendAndWait({m_queue->path(u"missing"_s), m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->names(TransferState::Done), QStringList({u"tree/a"_s, u"tree/sub/CON\\x"_s}));
    QStringList failures;
    for (const QString& name : m_queue->names(TransferState::Failed)) {
        const FileSnapshot file = m_queue->file(name);
        QVERIFY2(file.error && file.error->text.size() > 20, qPrintable(name));
        QVERIFY2(file.source.endsWith(QFileInfo(name).fileName()), qPrintable(file.source));
        QCOMPARE(m_queue->timesFinal(file), 1);
        failures += QFileInfo(name).fileName();
    }
    failures.sort();
    QCOMPARE(failures,
             QStringList({u"b\ufffd"_s, u"closed file"_s, u"closed folder"_s, u"itself"_s, u"loop 1"_s,
                          u"loop 2"_s, u"missing"_s, u"out"_s, u"pipe"_s, u"socket"_s}));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.filesTotal, 12);
    QCOMPARE(upload.filesDone, 2);
    QCOMPARE(upload.filesFailed, 10);
    QCOMPARE(upload.bytesDone, upload.bytesTotal);
    QCOMPARE(m_queue->entries().size(), 12);
    QCOMPARE(QDir(m_receiver->path(u"tree"_s)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList({u"a"_s, u"sub"_s}));
    ::unlink(noText.constData()); // Qt cannot
    setMode(u"tree/closed folder"_s, 0700);
}

void TestUploadFailures::nothingCanBeSent()
{
    startReceiver();
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"missing"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::SourceUnreadable);
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_queue->entries().size(), 1);
    QVERIFY(m_receiver->snapshots().isEmpty());
}

void TestUploadFailures::folderWithoutAnythingToSend()
{
    startReceiver();
    QDir().mkpath(m_queue->path(u"tree"_s));
    makeSocket(u"tree/one"_s);
    makeSocket(u"tree/two"_s);
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().filesFailed, 2);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Unsupported);
}

void TestUploadFailures::everythingIsRefused()
{
    ReceiveOptions options;
    options.conflict = ConflictPolicy::Skip;
    startReceiver(options);
    const QStringList paths{m_queue->makeFile(u"a"_s, "new"), m_queue->makeFile(u"b"_s, "new")};
    for (const QString& name : {u"a"_s, u"b"_s}) {
        QFile old(m_receiver->path(name));
        QVERIFY(old.open(QIODevice::WriteOnly) && old.write("older") == 5);
    }
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().filesFailed, 2);
    QVERIFY(m_queue->first().error.has_value());
    QCOMPARE(m_queue->first().error->code, ErrorCode::AlreadyExists);
    QCOMPARE(m_queue->file(u"b"_s).error->code, ErrorCode::AlreadyExists);
    QCOMPARE(m_receiver->content(u"a"_s), "older"_ba);
    for (const QString& name : {u"a"_s, u"b"_s})
        QVERIFY(QFile::remove(m_receiver->path(name)));
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QVERIFY(!m_queue->first().error);
    QCOMPARE(m_queue->first().filesDone, 2);
    QCOMPARE(m_receiver->content(u"a"_s), "new"_ba);
}

void TestUploadFailures::retrySendsOnlyWhatFailed()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/good"_s, QByteArray(1000, 'g'));
    (void)m_queue->makeFile(u"tree/closed"_s, "now");
    setMode(u"tree/closed"_s, 0);
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_queue->first().bytesSent, 1000);
    QCOMPARE(m_queue->file(u"tree/closed"_s).error->code, ErrorCode::SourceUnreadable);

    setMode(u"tree/closed"_s, 0600);
    QVERIFY(QFile::remove(m_receiver->path(u"tree/good"_s))); // not to be sent again all the same
    QVERIFY(m_queue->retryAndWait(1));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.filesDone, 2);
    QCOMPARE(upload.filesFailed, 0);
    QCOMPARE(upload.filesSkipped, 0);
    QCOMPARE(upload.bytesSent, 1003);
    QCOMPARE(upload.bytesDone, 1003);
    QCOMPARE(upload.bytesTotal, 1003);
    QCOMPARE(m_receiver->content(u"tree/closed"_s), "now"_ba);
    QVERIFY(!QFile::exists(m_receiver->path(u"tree/good"_s)));
    QCOMPARE(m_queue->timesFinal(m_queue->file(u"tree/good"_s)), 1);
    QCOMPARE(m_queue->timesFinal(1), 2);

    m_queue->queue().retry(1); // nothing: nothing failed
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree/good"_s)}, receiverAddress()));
    QCOMPARE(m_queue->timesFinal(1), 2);
}

void TestUploadFailures::retrySendsWhatIsThereNow()
{
    startReceiver();
    (void)m_queue->makeFile(u"grows"_s, "x");
    (void)m_queue->makeFile(u"goes"_s, "x");
    setMode(u"grows"_s, 0);
    setMode(u"goes"_s, 0);
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"grows"_s), m_queue->path(u"goes"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    setMode(u"grows"_s, 0600);
    (void)m_queue->makeFile(u"grows"_s, "longer");
    QVERIFY(QFile::remove(m_queue->path(u"goes"_s)));
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_queue->first().bytesDone, 6);
    QCOMPARE(m_queue->first().bytesTotal, 6);
    QCOMPARE(m_queue->file(u"goes"_s).error->code, ErrorCode::SourceUnreadable);
    QCOMPARE(m_receiver->content(u"grows"_s), "longer"_ba);
    QCOMPARE(m_receiver->landed(), QStringList{u"grows"_s});
}

void TestUploadFailures::retryTellsAgainWhatStillFails()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/good"_s, "g");
    QCOMPARE(::mkfifo(encoded(u"tree/pipe"_s).constData(), 0600), 0);
    (void)m_queue->makeFile(u"tree/closed/x"_s, "x");
    setMode(u"tree/closed"_s, 0);
    const QStringList paths{m_queue->path(u"missing"_s), m_queue->path(u"tree"_s)};
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    QStringList reasons;
    for (const QString& name : m_queue->names(TransferState::Failed))
        reasons += m_queue->file(name).error->text;
    QCOMPARE(reasons.size(), 3);
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
    QCOMPARE(m_queue->first().filesFailed, 3);
    QCOMPARE(m_queue->first().filesTotal, 4);
    for (const QString& name : m_queue->names(TransferState::Failed)) {
        QCOMPARE(m_queue->timesFinal(m_queue->file(name)), 2);
        QVERIFY2(reasons.contains(m_queue->file(name).error->text),
                 qPrintable(m_queue->file(name).error->text));
    }
    QCOMPARE(QDir(m_receiver->path(u"tree"_s)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{u"good"_s});
    QCOMPARE(m_receiver->landed(), QStringList{u"tree"_s});
    setMode(u"tree/closed"_s, 0700);
}

void TestUploadFailures::retryFindsWhatCanBeReadNow()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/good"_s, "g");
    (void)m_queue->makeFile(u"tree/closed/x"_s, "x");
    (void)m_queue->makeFile(u"tree/closed/deeper/y"_s, "y");
    setMode(u"tree/closed"_s, 0);
    QCOMPARE(::mkfifo(encoded(u"tree/pipe"_s).constData(), 0600), 0);
    makeSocket(u"tree/socket"_s);
    const QStringList paths{m_queue->path(u"tree"_s), m_queue->path(u"missing"_s)};
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    QCOMPARE(m_queue->first().filesFailed, 4);

    setMode(u"tree/closed"_s, 0700);
    setMode(u"tree/closed/deeper"_s, 0);
    QVERIFY(QFile::remove(m_queue->path(u"tree/pipe"_s)));
    (void)m_queue->makeFile(u"tree/pipe"_s, "a file now");
    QVERIFY(QFile::remove(m_queue->path(u"tree/socket"_s)));
    (void)m_queue->makeFile(u"missing"_s, "here");
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_receiver->content(u"tree/closed/x"_s), "x"_ba);
    QCOMPARE(m_receiver->content(u"tree/pipe"_s), "a file now"_ba);
    QCOMPARE(m_receiver->content(u"missing"_s), "here"_ba);
    QCOMPARE(m_receiver->landed(), QStringList({u"missing"_s, u"tree"_s}));
    QCOMPARE(m_queue->first().filesDone, 4);
    QCOMPARE(m_queue->first().filesFailed, 2); // what is deeper, and what is gone
    QCOMPARE(m_queue->first().filesTotal, 6);

    setMode(u"tree/closed/deeper"_s, 0700);
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_receiver->content(u"tree/closed/deeper/y"_s), "y"_ba);
    QCOMPARE(m_queue->first().filesDone, 5);
    QCOMPARE(m_queue->first().filesFailed, 1);
}

void TestUploadFailures::retryFollowsNoLinkOut()
{
    startReceiver();
    (void)m_queue->makeFile(u"secret"_s, "secret");
    (void)m_queue->makeFile(u"tree/good"_s, "g");
    QVERIFY(QFile::link(m_queue->path(u"secret"_s), m_queue->path(u"tree/out"_s)));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_receiver->landed(), QStringList{u"tree"_s});
    QCOMPARE(QDir(m_receiver->path(u"tree"_s)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{u"good"_s});
}

void TestUploadFailures::retryAfterCancelledWalk()
{
    startReceiver();
    for (int i = 0; i < 500; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), "x");
    m_queue->queue().send({m_queue->path(u"tree"_s)}, receiverAddress());
    m_queue->queue().cancel(1);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Cancelled);
    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesTotal, 500);
    QCOMPARE(m_queue->first().filesDone + m_queue->first().filesSkipped, 500);
    QCOMPARE(QDir(m_receiver->path(u"tree"_s)).entryList(QDir::Files).size(), 500);
}

void TestUploadFailures::tooManyFiles()
{
    startReceiver();
    SendOptions options = QueueFixture::impatient();
    options.limits.batchFiles = 2;
    m_queue->makeQueue(options);
    QStringList paths{m_queue->makeFile(u"a"_s, "a"), m_queue->makeFile(u"b"_s, "b")};
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QVERIFY(m_queue->sendAndWait(paths + QStringList{m_queue->makeFile(u"c"_s, "c")}, receiverAddress()));
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(m_queue->last().error->code, ErrorCode::TooLarge);
    QVERIFY(!QFile::exists(m_receiver->path(u"c"_s)));
}

QTEST_GUILESS_MAIN(TestUploadFailures)
#include "tst_uploadfailures.moc"
