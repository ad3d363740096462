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
    void linkLocalOnesAreTheLastResort();
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

void TestLocalAddresses::linkLocalOnesAreTheLastResort()
{
    const QHostAddress any(QHostAddress::Any);
    const QHostAddress v4(u"192.0.2.1"_s);
    const QHostAddress v6(u"2001:db8::1"_s);
    const QHostAddress bridge(u"172.17.0.1"_s);
    const QHostAddress loopback(QHostAddress::LocalHost);
    const QHostAddress linkLocal(u"fe80::1%eth0"_s);
    const QHostAddress withoutScope(u"fe80::1"_s);
    using Addresses = QList<QHostAddress>;
    QCOMPARE(reachableAddresses({{linkLocal}, {bridge, true}, {v6}, {loopback}, {v4}}, any),
             Addresses({v4, v6, bridge}));
    QCOMPARE(reachableAddresses({{loopback}, {linkLocal}, {QHostAddress(u"fe80::2%br0"_s), true}}, any),
             Addresses({withoutScope, QHostAddress(u"fe80::2"_s)}));
    QCOMPARE(reachableAddresses({{loopback}, {linkLocal}}, any).constFirst().scopeId(), QString());
    QCOMPARE(reachableAddresses({{linkLocal}, {v4}}, QHostAddress(QHostAddress::AnyIPv6)),
             Addresses({withoutScope}));
    QCOMPARE(reachableAddresses({{linkLocal}}, QHostAddress(QHostAddress::AnyIPv4)), Addresses({loopback}));
    QCOMPARE(reachableAddresses({{loopback}}, any), Addresses({loopback}));
}

void TestLocalAddresses::wildcardNamesWhatOthersCanUse()
{
    for (const auto wildcard : {QHostAddress::Any, QHostAddress::AnyIPv4, QHostAddress::AnyIPv6}) {
        const QList<QHostAddress> addresses = reachableAddresses(QHostAddress(wildcard));
        QVERIFY(!addresses.isEmpty());
        for (const QHostAddress& address : addresses) {
            QCOMPARE(isReachable(address), isReachable(addresses.constFirst()));
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
