#include <QCoreApplication>
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;

/// Starts the program where there is no display.
class StartTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void worksWithoutADisplay_data();
    void worksWithoutADisplay();
};

void StartTest::worksWithoutADisplay_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("output");
    QTest::addColumn<QString>("error");
    QTest::newRow("window") << QStringList() << 1 << QString() << u"sockdrop-cli"_s;
    QTest::newRow("files") << QStringList{u"--"_s, u"--help"_s} << 1 << QString() << u"sockdrop-cli"_s;
    QTest::newRow("help") << QStringList{u"--help"_s} << 0 << u"Usage:"_s << QString();
    QTest::newRow("version") << QStringList{u"-v"_s} << 0 << u"sockdrop "_s << QString();
    QTest::newRow("unknown option") << QStringList{u"--nonsense"_s} << 2 << QString() << u"nonsense"_s;
    QTest::newRow("bad profile") << QStringList{u"--profile"_s, u"../x"_s} << 2 << QString()
                                 << u"sockdrop: "_s;
}

void StartTest::worksWithoutADisplay()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, output);
    QFETCH(QString, error);
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const QString& name : {u"DISPLAY"_s, u"WAYLAND_DISPLAY"_s, u"QT_QPA_PLATFORM"_s})
        environment.remove(name);
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationDirPath() + u"/sockdrop"_s, arguments);
    QVERIFY2(process.waitForFinished(), qPrintable(process.errorString()));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QTEST(process.exitCode(), "exitCode");
    const QString said = QString::fromUtf8(process.readAllStandardOutput());
    const QString complained = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(output.isEmpty() ? said.isEmpty() : said.contains(output), qPrintable(said));
    QVERIFY2(error.isEmpty() ? complained.isEmpty() : complained.contains(error), qPrintable(complained));
    QVERIFY(complained.count(u'\n') <= 1);
}

QTEST_GUILESS_MAIN(StartTest)
#include "tst_start.moc"
