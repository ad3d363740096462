#include "droptarget.h"

#include <QMimeData>
#include <QTest>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class ReadOfferTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takes_data();
    void takes();
    void refuses_data();
    void refuses();
};

void ReadOfferTest::takes_data()
{
    QTest::addColumn<QList<QUrl>>("urls");
    QTest::addColumn<QStringList>("paths");
    QTest::addColumn<int>("leftOut");
    const QUrl file(u"file:///a/b.txt"_s);
    QTest::newRow("one") << QList{file} << QStringList{u"/a/b.txt"_s} << 0;
    QTest::newRow("escaped") << QList{QUrl(u"file:///a/b%25%20c"_s)} << QStringList{u"/a/b% c"_s} << 0;
    QTest::newRow("named host") << QList{QUrl(u"file://localhost/a"_s)} << QStringList{u"/a"_s} << 0;
    QTest::newRow("own host") << QList{QUrl(u"file://%1/a"_s.arg(QSysInfo::machineHostName()))}
                              << QStringList{u"/a"_s} << 0;
    QTest::newRow("twice") << QList{file, file} << QStringList{u"/a/b.txt"_s} << 0;
    QTest::newRow("mixed") << QList{file, QUrl(u"https://x/y"_s)} << QStringList{u"/a/b.txt"_s} << 1;
    QTest::newRow("folder") << QList{QUrl(u"file:///a/b/"_s)} << QStringList{u"/a/b/"_s} << 0;
}

void ReadOfferTest::takes()
{
    QFETCH(QList<QUrl>, urls);
    QMimeData data;
    data.setUrls(urls);
    const auto offer = readOffer(data);
    QVERIFY(offer);
    QTEST(offer.value().paths, "paths");
    QTEST(offer.value().leftOut, "leftOut");
}

void ReadOfferTest::refuses_data()
{
    QTest::addColumn<QList<QUrl>>("urls");
    QTest::addColumn<QString>("reason");
    QTest::newRow("text") << QList<QUrl>() << u"Only files and folders"_s;
    QTest::newRow("web") << QList{QUrl(u"https://example.org/f"_s)} << u"https://example.org/f"_s;
    QTest::newRow("network drive") << QList{QUrl(u"sftp://host/f"_s)} << u"not a file on this computer"_s;
    QTest::newRow("other host") << QList{QUrl(u"file://elsewhere.invalid/f"_s)} << u"not a file"_s;
    QTest::newRow("zero byte") << QList{QUrl(u"file:///a%00b"_s)} << u"not a file"_s;
}

void ReadOfferTest::refuses()
{
    QFETCH(QList<QUrl>, urls);
    QFETCH(QString, reason);
    QMimeData data;
    data.setText(u"file:///a"_s);
    if (!urls.isEmpty())
        data.setUrls(urls);
    const auto offer = readOffer(data);
    QVERIFY(!offer);
    QVERIFY2(offer.error().text.contains(reason), qPrintable(offer.error().text));
}

QTEST_GUILESS_MAIN(ReadOfferTest)
#include "tst_readoffer.moc"
