#include "portowner.h"

#include <QCoreApplication>
#include <QTcpServer>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestPortOwner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesTheProgram_data();
    void namesTheProgram();
    void nobody();
    void freePortIsAboveAndFree();
    void noFreePort();
};

void TestPortOwner::namesTheProgram_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("any") << QHostAddress(QHostAddress::Any);
}

void TestPortOwner::namesTheProgram()
{
    QFETCH(QHostAddress, address);
    QTcpServer server;
    QVERIFY(server.listen(address));
    QCOMPARE(portOwner(server.serverPort()),
             u"tst_portowner (pid %1)"_s.arg(QCoreApplication::applicationPid()));
}

void TestPortOwner::nobody()
{
    quint16 port = 0;
    {
        QTcpServer server;
        QVERIFY(server.listen());
        port = server.serverPort();
    }
    QCOMPARE(portOwner(port), QString());
}

void TestPortOwner::freePortIsAboveAndFree()
{
    QTcpServer server;
    QVERIFY(server.listen());
    QTcpServer next;
    const bool isNextTaken =
        next.listen(QHostAddress::LocalHost, static_cast<quint16>(server.serverPort() + 1));
    const quint16 port = freePortNear(server.serverPort());
    QVERIFY(port > server.serverPort() + (isNextTaken ? 1 : 0));
    QTcpServer third;
    QVERIFY(third.listen(QHostAddress::Any, port));
}

void TestPortOwner::noFreePort()
{
    QCOMPARE(freePortNear(65535), quint16{0});
}

QTEST_GUILESS_MAIN(TestPortOwner)
#include "tst_portowner.moc"
