#include "descriptorshare.h"

#include <QTest>

using namespace sockdrop;

class TestDescriptorShare : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyConnectionGetsItsShare_data();
    void everyConnectionGetsItsShare();
};

void TestDescriptorShare::everyConnectionGetsItsShare_data()
{
    QTest::addColumn<qint64>("descriptors");
    QTest::addColumn<int>("connections");
    QTest::addColumn<int>("writers");
    QTest::addColumn<int>("folders");
    QTest::newRow("hardly any") << qint64{16} << 1 << 1 << 1;
    QTest::newRow("64") << qint64{64} << 1 << 1 << 1;
    QTest::newRow("256") << qint64{256} << 17 << 1 << 1;
    QTest::newRow("1024, the usual") << qint64{1024} << 81 << 1 << 1;
    QTest::newRow("4096") << qint64{4096} << 256 << 1 << 4;
    QTest::newRow("16384") << qint64{16'384} << 256 << 12 << 24;
    QTest::newRow("plenty") << qint64{1'048'576} << 256 << 16 << 64;
}

void TestDescriptorShare::everyConnectionGetsItsShare()
{
    QFETCH(qint64, descriptors);
    const Limits limits = withinDescriptors({}, descriptors);
    QTEST(limits.connections, "connections");
    QTEST(limits.openWriters, "writers");
    QTEST(limits.openFolders, "folders");
    const qint64 all = limits.connections * qint64{8 + 2 * limits.openWriters + limits.openFolders};
    QVERIFY(descriptors <= 64 || all + std::max<qint64>(64, descriptors / 8) <= descriptors);
}

QTEST_GUILESS_MAIN(TestDescriptorShare)
#include "tst_descriptorshare.moc"
