#include "localaddresses.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestLocalAddresses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneInterfaceIsItself();
    void wildcardNamesWhatOthersCanUse();
    void reachable_data();
    void reachable();
    void text();
};

void TestLocalAddresses::oneInterfaceIsItself()
{
    const QHostAddress address(u"192.0.2.9"_s);
    QCOMPARE(reachableAddresses(address), QList{address});
    QCOMPARE(reachableAddresses(QHostAddress(QHostAddress::LocalHost)),
             QList{QHostAddress(QHostAddress::LocalHost)});
}

void TestLocalAddresses::wildcardNamesWhatOthersCanUse()
{
    for (const auto wildcard : {QHostAddress::Any, QHostAddress::AnyIPv4, QHostAddress::AnyIPv6}) {
        const QList<QHostAddress> addresses = reachableAddresses(QHostAddress(wildcard));
        QVERIFY(!addresses.isEmpty());
        for (const QHostAddress& address : addresses) {
            QVERIFY(isReachable(address) || addresses.size() == 1);
            QVERIFY(wildcard != QHostAddress::AnyIPv4 || address.protocol() == QAbstractSocket::IPv4Protocol);
            QVERIFY(wildcard != QHostAddress::AnyIPv6 || address.protocol() == QAbstractSocket::IPv6Protocol);
        }
    }
}

void TestLocalAddresses::reachable_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("expected");
    QTest::newRow("v4") << u"192.0.2.1"_s << true;
    QTest::newRow("v4 link-local") << u"169.254.1.1"_s << true;
    QTest::newRow("v6") << u"2001:db8::1"_s << true;
    QTest::newRow("v6 link-local") << u"fe80::1"_s << false;
    QTest::newRow("loopback") << u"127.0.0.1"_s << false;
    QTest::newRow("v6 loopback") << u"::1"_s << false;
    QTest::newRow("multicast") << u"224.0.0.1"_s << false;
    QTest::newRow("null") << QString() << false;
}

void TestLocalAddresses::reachable()
{
    QFETCH(QString, address);
    QFETCH(bool, expected);
    QCOMPARE(isReachable(QHostAddress(address)), expected);
}

void TestLocalAddresses::text()
{
    QCOMPARE(addressText(QHostAddress(u"192.0.2.1"_s), 80), u"192.0.2.1:80"_s);
    QCOMPARE(addressText(QHostAddress(u"2001:db8::1"_s), 80), u"[2001:db8::1]:80"_s);
}

QTEST_GUILESS_MAIN(TestLocalAddresses)
#include "tst_localaddresses.moc"
