#include "windowprogram.h"

#include "deviceidentity.h"
#include "icons.h"
#include "knownpeers.h"
#include "mainwindow.h"
#include "queuestore.h"
#include "receiver.h"
#include "settings.h"
#include "singleinstance.h"
#include "uploadqueue.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QUrl>

#include <cstdio>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr int noDisplay = 1;
constexpr int usageError = 2;

void print(std::FILE* stream, const QString& text)
{
    std::fputs(qPrintable(text.endsWith(u'\n') ? text : text + u'\n'), stream);
}

/// File managers give paths, some programs file URLs.
QStringList absolutePaths(const QStringList& arguments)
{
    QStringList paths;
    for (const QString& argument : arguments) {
        const QUrl url(argument);
        const QString path = url.isLocalFile() ? url.toLocalFile() : argument;
        paths << QDir::cleanPath(QDir::current().absoluteFilePath(path));
    }
    return paths;
}

int runWindow(const Profile& profile, const QStringList& paths)
{
    SingleInstance instance(profile.socketName());
    const auto role = instance.begin(paths);
    if (!role) {
        print(stderr, u"sockdrop: "_s + role.error().text);
        return 1;
    }
    if (role.value() == SingleInstance::Role::Second)
        return 0;

    Settings settings(profile);
    QueueStore store(profile.dataFolder());
    const Result<DeviceIdentity> device = DeviceIdentity::loadOrCreate(profile.dataFolder());
    const auto knownPeers = std::make_shared<KnownPeers>(profile.dataFolder());
    SendOptions options;
    options.deviceName = settings.deviceName(device ? device->fingerprint() : QString());
    options.knownPeers = knownPeers;
    options.newPeers = NewPeers::Ask;
    const Result<void> identity = device ? options.setIdentity(device.value()) : device.error();
    UploadQueue queue(options);
    Receiver receiver;
    MainWindow window(profile, settings, queue, receiver);
    QObject::connect(&instance, &SingleInstance::pathsHandedOver, &window, &MainWindow::offer);
    window.setTrust(options.identity, knownPeers);
    if (!canPaintPictures())
        window.tellOfMissingPictures();
    if (!identity)
        window.showProblem(identity.error());
    else if (device->isNew() && !knownPeers->isEmpty())
        window.showWarning(DeviceIdentity::lostText(profile.dataFolder()));
    queue.keepIn(store);
    window.show();
    if (!paths.isEmpty())
        window.offer(paths);
    return QCoreApplication::exec();
}

} // namespace

int runWindowProgram(const QStringList& arguments, bool isTextOnly)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Drop files on the window. They arrive on the other device, complete and verified."_s);
    const QCommandLineOption help = parser.addHelpOption();
    const QCommandLineOption version = parser.addVersionOption();
    const QCommandLineOption profileName(
        u"profile"_s, u"Keep settings apart under NAME, and open a window of its own."_s, u"NAME"_s);
    parser.addOption(profileName);
    parser.addPositionalArgument(u"PATH"_s, u"Files and folders to send."_s, u"[PATH...]"_s);
    if (!parser.parse(QStringList(QCoreApplication::applicationName()) + arguments)) {
        print(stderr, u"sockdrop: "_s + parser.errorText());
        return usageError;
    }
    if (parser.isSet(help) || parser.isSet(version)) {
        print(stdout,
              parser.isSet(help) ? parser.helpText() : u"sockdrop "_s + QStringLiteral(SOCKDROP_VERSION));
        return 0;
    }
    const auto profile = Profile::named(parser.value(profileName));
    if (!profile) {
        print(stderr, u"sockdrop: "_s + profile.error().text);
        return usageError;
    }
    if (isTextOnly) {
        print(stderr, u"sockdrop: There is no display to open a window on. “sockdrop-cli” sends and receives "
                      "without one; see “sockdrop-cli --help”."_s);
        return noDisplay;
    }
    // No application display name: Qt would append it to the window's title, which has it already.
    QGuiApplication::setDesktopFileName(u"sockdrop"_s);
    QGuiApplication::setWindowIcon(appIcon());
    return runWindow(profile.value(), absolutePaths(parser.positionalArguments()));
}

} // namespace sockdrop
