#include "fileicon.h"
#include "icons.h"
#include "textsign.h"
#include "transferactions.h"
#include "transfertext.h"

#include <QDir>
#include <QPixmapCache>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class IconsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signsStandInForPictures(); // first: Qt never lets go of a plugin that it has found
    void everyPictureCanBePainted();
    void picturesFollowThePalette();
    void namesUsedInRowsExist();
    void fileIconsGoByName_data();
    void fileIconsGoByName();
    void colorsAreReadable_data();
    void colorsAreReadable();
};

namespace {

bool exists(const QString& symbol)
{
    return QFile::exists(u":/icons/symbolic/%1.svg"_s.arg(symbol));
}

double luminance(const QColor& color)
{
    const auto linear = [](float channel) {
        return channel <= 0.04045F ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// Contrast ratio as WCAG 2.1 defines it.
double contrast(const QColor& a, const QColor& b)
{
    const double light = std::max(luminance(a), luminance(b));
    const double dark = std::min(luminance(a), luminance(b));
    return (light + 0.05) / (dark + 0.05);
}

} // namespace

void IconsTest::signsStandInForPictures()
{
    const QStringList before = QCoreApplication::libraryPaths();
    QCoreApplication::setLibraryPaths({});
    QVERIFY(!canPaintPictures());
    QPixmapCache::clear();
    for (const QString& name : QDir(u":/icons/symbolic"_s).entryList()) {
        const QImage image = symbolicIcon(name.chopped(4)).pixmap(32, 32).toImage();
        QVERIFY2(!image.isNull() && image != QImage(image.size(), image.format()), qPrintable(name));
    }
    for (const TransferAction action : allTransferActions)
        QVERIFY2(textSign(actionIconName(action)) != textSign(u"file"_s), qPrintable(actionText(action)));
    QPixmapCache::clear();
    QCoreApplication::setLibraryPaths(before);
    QVERIFY(canPaintPictures());
}

void IconsTest::everyPictureCanBePainted()
{
    const QStringList names = QDir(u":/icons/symbolic"_s).entryList();
    QVERIFY(names.size() > 20);
    for (const QString& name : names) {
        const QImage image = symbolicIcon(name.chopped(4)).pixmap(32, 32).toImage();
        QVERIFY2(!image.isNull() && image.deviceIndependentSize().toSize() == QSize(32, 32),
                 qPrintable(name));
        QVERIFY2(image != QImage(image.size(), image.format()), qPrintable(name));
    }
    QVERIFY(!appIcon().pixmap(16, 16).isNull());
}

void IconsTest::picturesFollowThePalette()
{
    const QIcon icon = symbolicIcon(u"send"_s);
    const auto strongest = [&icon] {
        const QImage image = icon.pixmap(48, 48).toImage().convertToFormat(QImage::Format_ARGB32);
        QColor found(Qt::transparent);
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                if (image.pixelColor(x, y).alpha() > found.alpha())
                    found = image.pixelColor(x, y);
            }
        }
        return found.rgb();
    };
    const QPalette before = QApplication::palette();
    QPalette palette = before;
    palette.setColor(QPalette::WindowText, Qt::red);
    QApplication::setPalette(palette);
    QCOMPARE(strongest(), QColor(Qt::red).rgb());
    palette.setColor(QPalette::WindowText, Qt::blue);
    QApplication::setPalette(palette);
    QCOMPARE(strongest(), QColor(Qt::blue).rgb());
    QApplication::setPalette(before);
}

void IconsTest::namesUsedInRowsExist()
{
    for (const TransferAction action : allTransferActions)
        QVERIFY2(exists(actionIconName(action)), qPrintable(actionText(action)));
    TransferSnapshot transfer;
    for (int state = 0; state <= static_cast<int>(TransferState::Cancelled); ++state) {
        transfer.state = static_cast<TransferState>(state);
        QVERIFY2(exists(stateIconName(transfer)), qPrintable(QString::number(state)));
    }
    transfer.state = TransferState::Done;
    transfer.filesSkipped = 1;
    QVERIFY(exists(stateIconName(transfer)));
    transfer.isBatch = true;
    transfer.filesFailed = 1;
    QVERIFY(exists(stateIconName(transfer)));
    for (const QString& name : {u"folder"_s, u"expand"_s, u"collapse"_s})
        QVERIFY2(exists(name), qPrintable(name));
}

void IconsTest::fileIconsGoByName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("icon");
    QTest::newRow("picture") << u"a/holiday.JPG"_s << u"image"_s;
    QTest::newRow("music") << u"song.mp3"_s << u"audio"_s;
    QTest::newRow("film") << u"film.mkv"_s << u"video"_s;
    QTest::newRow("archive") << u"backup.zip"_s << u"archive"_s;
    QTest::newRow("text") << u"notes.txt"_s << u"text"_s;
    QTest::newRow("document") << u"report.pdf"_s << u"text"_s;
    QTest::newRow("no suffix") << u"Makefile2"_s << u"file"_s;
    QTest::newRow("unknown") << u"x.qqqq"_s << u"file"_s;
}

void IconsTest::fileIconsGoByName()
{
    QFETCH(QString, name);
    FileIcons icons;
    QTEST(icons.iconName(name), "icon");
    QTEST(icons.iconName(name), "icon"); // remembered
    QVERIFY(exists(icons.iconName(name)));
}

void IconsTest::colorsAreReadable_data()
{
    QTest::addColumn<QColor>("base");
    QTest::addColumn<QColor>("text");
    QTest::newRow("light") << QColor(Qt::white) << QColor(Qt::black);
    QTest::newRow("grey") << QColor(0xef, 0xef, 0xef) << QColor(Qt::black);
    QTest::newRow("dark") << QColor(0x23, 0x26, 0x29) << QColor(0xfc, 0xfc, 0xfc);
}

void IconsTest::colorsAreReadable()
{
    QFETCH(QColor, base);
    QFETCH(QColor, text);
    QPalette palette;
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::Text, text);
    QVERIFY(contrast(mutedColor(palette), base) >= 4.5);
    QVERIFY(contrast(errorColor(palette), base) >= 4.5);
    for (const Tone tone : {Tone::Neutral, Tone::Accent, Tone::Success, Tone::Warning, Tone::Error})
        QVERIFY2(contrast(toneColor(palette, tone), base) >= 3.0,
                 qPrintable(QString::number(static_cast<int>(tone))));
}

QTEST_MAIN(IconsTest)
#include "tst_icons.moc"
