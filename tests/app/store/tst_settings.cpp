#include "peeraddress.h"
#include "peerkeys.h"
#include "settings.h"

#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void defaults();
    void defaultNamesDiffer();
    void persists();
    void badValuesReadAsDefaults();
    void profilesShareNothing();
    void profileNames_data();
    void profileNames();

private:
    QTemporaryDir m_home;
};

void TestSettings::init()
{
    qputenv("XDG_CONFIG_HOME", m_home.path().toUtf8() + '/' + QTest::currentTestFunction());
}

void TestSettings::defaults()
{
    const Settings settings(Profile::named({}).value());
    QCOMPARE(settings.deviceName({}), QSysInfo::machineHostName());
    QVERIFY(QDir::isAbsolutePath(settings.destination()));
    QCOMPARE(settings.port(), defaultPort);
    QCOMPARE(settings.conflictPolicy(), ConflictPolicy::Rename);
    QCOMPARE(settings.acceptPolicy(), AcceptPolicy::Ask);
    QVERIFY(!settings.takesPlain());
    QVERIFY(settings.recentPeers().isEmpty());
}

/// Two honest devices of one host name are no impostors to each other.
void TestSettings::defaultNamesDiffer()
{
    const Settings settings(Profile::named({}).value());
    const QString host = QSysInfo::machineHostName();
    QCOMPARE(settings.deviceName(u"3f2a"_s.leftJustified(64, u'0')), host + u"-3f2a"_s);
    QVERIFY(nameKey(settings.deviceName(QString(64, u'a'))) !=
            nameKey(settings.deviceName(QString(64, u'b'))));
}

void TestSettings::persists()
{
    const Profile profile = Profile::named({}).value();
    {
        Settings settings(profile);
        settings.setDestination(u"/tmp/a “b”"_s);
        settings.setPort(1234);
        settings.setConflictPolicy(ConflictPolicy::Skip);
        settings.setAcceptPolicy(AcceptPolicy::Known);
        settings.setTakesPlain(true);
        settings.setPeer(u"laptop:99"_s);
        settings.setRecentPeers({u"a"_s, u"b,c"_s});
        settings.setWindow("geometry", "state");
        settings.setDeviceName(u"büro"_s);
    }
    const Settings settings(profile);
    QCOMPARE(settings.destination(), u"/tmp/a “b”"_s);
    QCOMPARE(settings.port(), quint16(1234));
    QCOMPARE(settings.conflictPolicy(), ConflictPolicy::Skip);
    QCOMPARE(settings.acceptPolicy(), AcceptPolicy::Known);
    QVERIFY(settings.takesPlain());
    QCOMPARE(settings.peer(), u"laptop:99"_s);
    QCOMPARE(settings.recentPeers(), QStringList({u"a"_s, u"b,c"_s}));
    QCOMPARE(settings.windowGeometry(), "geometry"_ba);
    QCOMPARE(settings.windowState(), "state"_ba);
    QCOMPARE(settings.deviceName(QString(64, u'a')), u"büro"_s);
}

void TestSettings::badValuesReadAsDefaults()
{
    const Profile profile = Profile::named({}).value();
    QDir().mkpath(profile.configFolder());
    QFile file(profile.configFolder() + u"/settings.ini"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[receive]\nport=70000\nconflict=explode\naccept=anyone\nplain=perhaps\ndestination=relative/"
               "path\n[device]\nname=\"  \"\n");
    file.close();
    const Settings settings(profile);
    QCOMPARE(settings.port(), defaultPort);
    QCOMPARE(settings.conflictPolicy(), ConflictPolicy::Rename);
    QCOMPARE(settings.acceptPolicy(), AcceptPolicy::Ask);
    QVERIFY(!settings.takesPlain());
    QVERIFY(QDir::isAbsolutePath(settings.destination()));
    QCOMPARE(settings.deviceName({}), QSysInfo::machineHostName());
}

void TestSettings::profilesShareNothing()
{
    const Profile standard = Profile::named({}).value();
    const Profile other = Profile::named(u"b"_s).value();
    Settings(standard).setPort(1111);
    QCOMPARE(Settings(other).port(), defaultPort);
    QVERIFY(standard.socketName() != other.socketName());
    QVERIFY(standard.dataFolder() != other.dataFolder());
}

void TestSettings::profileNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("default") << QString() << true;
    QTest::newRow("short") << u"b"_s << true;
    QTest::newRow("longest") << QString(32, u'x') << true;
    QTest::newRow("too long") << QString(33, u'x') << false;
    QTest::newRow("path") << u"../x"_s << false;
    QTest::newRow("line end") << u"x\n"_s << false;
    QTest::newRow("umlaut") << u"ü"_s << false;
}

void TestSettings::profileNames()
{
    QFETCH(QString, name);
    QFETCH(bool, isGood);
    QCOMPARE(Profile::named(name).isOk(), isGood);
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
