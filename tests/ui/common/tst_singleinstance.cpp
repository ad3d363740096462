#include "singleinstance.h"

#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class SingleInstanceTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void secondHandsItsPathsOver();
    void manyPathsGoOver();
    void staleSocketIsRecovered();
    void namesDoNotMeet();
    void nextOneIsFirstAgain();
    void relativePathsAreDropped();
    void noiseIsNoRequest();
    void unwritableFolderIsSaid();
};

namespace {

using Role = SingleInstance::Role;

/// Begins a further start in a thread, as another process would, while this one's event loop runs.
std::optional<Role> beginElsewhere(const QString& name, const QStringList& paths)
{
    std::optional<Role> role;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        SingleInstance instance(name);
        if (const auto result = instance.begin(paths))
            role = result.value();
    }));
    thread->start();
    [&] { QTRY_VERIFY_WITH_TIMEOUT(thread->isFinished(), 10'000); }();
    thread->wait();
    return role;
}

} // namespace

void SingleInstanceTest::secondHandsItsPathsOver()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    SingleInstance first(name);
    QSignalSpy spy(&first, &SingleInstance::pathsHandedOver);
    const auto role = first.begin({});
    QVERIFY(role && role.value() == Role::First);

    const QStringList paths{u"/some/ä file"_s, u"/other"_s};
    QCOMPARE(beginElsewhere(name, paths), Role::Second);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy.front().front().toStringList(), paths);
    QCOMPARE(beginElsewhere(name, {}), Role::Second); // only to be raised
    QCOMPARE(spy.size(), 2);
}

void SingleInstanceTest::manyPathsGoOver()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    SingleInstance first(name);
    QSignalSpy spy(&first, &SingleInstance::pathsHandedOver);
    QVERIFY(first.begin({}));
    QStringList paths;
    for (int i = 0; i < 20'000; ++i)
        paths << u"/a/folder/with/a/rather/long/name/and/a/file %1"_s.arg(i);
    QCOMPARE(beginElsewhere(name, paths), Role::Second);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy.front().front().toStringList(), paths);
}

void SingleInstanceTest::staleSocketIsRecovered()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    QFile stale(name);
    QVERIFY(stale.open(QIODevice::WriteOnly));
    stale.close();
    SingleInstance first(name);
    const auto role = first.begin({});
    QVERIFY(role && role.value() == Role::First);
    QCOMPARE(beginElsewhere(name, {}), Role::Second);
}

void SingleInstanceTest::namesDoNotMeet()
{
    const QTemporaryDir folder;
    SingleInstance first(folder.filePath(u"s"_s));
    SingleInstance other(folder.filePath(u"s-work"_s));
    const auto firstRole = first.begin({});
    const auto otherRole = other.begin({});
    QVERIFY(firstRole && firstRole.value() == Role::First);
    QVERIFY(otherRole && otherRole.value() == Role::First);
}

void SingleInstanceTest::nextOneIsFirstAgain()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    for (int start = 0; start < 3; ++start) {
        SingleInstance instance(name);
        const auto role = instance.begin({});
        QVERIFY(role && role.value() == Role::First);
    }
}

void SingleInstanceTest::relativePathsAreDropped()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    SingleInstance first(name);
    QSignalSpy spy(&first, &SingleInstance::pathsHandedOver);
    QVERIFY(first.begin({}));
    QCOMPARE(beginElsewhere(name, {u"relative"_s, u"/absolute"_s}), Role::Second);
    QCOMPARE(spy.front().front().toStringList(), QStringList{u"/absolute"_s});
}

void SingleInstanceTest::noiseIsNoRequest()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"s"_s);
    SingleInstance first(name);
    QSignalSpy spy(&first, &SingleInstance::pathsHandedOver);
    QVERIFY(first.begin({}));
    QLocalSocket socket;
    socket.connectToServer(name);
    QVERIFY(socket.waitForConnected());
    socket.write(QByteArray(100, '\x7f'));
    QTRY_COMPARE_WITH_TIMEOUT(socket.state(), QLocalSocket::UnconnectedState, 10'000);
    QCOMPARE(spy.size(), 0);
    QCOMPARE(beginElsewhere(name, {}), Role::Second); // and it still answers
}

void SingleInstanceTest::unwritableFolderIsSaid()
{
    SingleInstance instance(u"/proc/sockdrop"_s);
    const auto role = instance.begin({});
    QVERIFY(!role);
    QVERIFY(role.error().text.contains(u"/proc"_s));
}

QTEST_GUILESS_MAIN(SingleInstanceTest)
#include "tst_singleinstance.moc"
