#include "queuestore.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestQueueStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsOverARestart();
    void isEmptyAtFirst();
    void survivesABrokenFile();

private:
    [[nodiscard]] static QList<QueuedUpload> load(QueueStore& store)
    {
        QSignalSpy loaded(&store, &QueueStore::loaded);
        store.load();
        if (!loaded.wait())
            return {};
        return loaded.first().first().value<QList<QueuedUpload>>();
    }
};

void TestQueueStore::keepsOverARestart()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"made/by it"_s);
    const QueuedUpload first{"1", {u"laptop"_s, 5}, {u"/a/ü \"b\"\n"_s, u"/c"_s}};
    const QueuedUpload second{QByteArray("\0\xff", 2), {u"fd00::1"_s, 54321}, {u"/d"_s}};
    const QueuedUpload third{"3", {u"192.0.2.1"_s, 1}, {u"/e"_s}};
    {
        QueueStore store(path);
        for (const QueuedUpload& upload : {first, second, third})
            store.add(upload);
        store.add(first); // once is enough
    }
    {
        QueueStore store(path);
        QList<QueuedUpload> loaded = load(store);
        QCOMPARE(loaded.size(), 3);
        QVERIFY(loaded.contains(first));
        QVERIFY(loaded.indexOf(second) < loaded.indexOf(third));
        store.remove(second.key);
        store.remove("unknown");
    }
    QueueStore store(path);
    const QList<QueuedUpload> loaded = load(store);
    QCOMPARE(loaded.size(), 2);
    QVERIFY(!loaded.contains(second));
}

void TestQueueStore::isEmptyAtFirst()
{
    const QTemporaryDir folder;
    QueueStore store(folder.path());
    QCOMPARE(load(store), QList<QueuedUpload>());
}

void TestQueueStore::survivesABrokenFile()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"sockdrop.db"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(5000, 'x')) == 5000);
    file.close();
    QueueStore store(folder.path());
    store.add({"1", {u"laptop"_s, 5}, {u"/a"_s}});
    QCOMPARE(load(store), QList<QueuedUpload>());
}

QTEST_GUILESS_MAIN(TestQueueStore)
#include "tst_queuestore.moc"
