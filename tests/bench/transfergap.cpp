// transfergap [--files N] [--open]
// How long the window's event loop is busy at a stretch while it sends N real files of 4 KiB to itself, with
// their lists open or not. Prints the times between two frames that are due 16 ms apart, how many files came
// at once, how long that took, and the memory. Exits with 1 when a gap is above 50 ms or a file did not land.
#include "mainwindow.h"
#include "receivepage.h"
#include "receiver.h"
#include "sendpage.h"
#include "settings.h"
#include "times.h"
#include "uploadqueue.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int fileBytes = 4096;
constexpr int filesPerFolder = 500;
constexpr double longestGap = 50;

QByteArray peakMemory()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return {};
    const QByteArray text = status.readAll();
    const qsizetype from = text.indexOf("VmHWM:") + 6;
    return text.mid(from, text.indexOf('\n', from) - from).trimmed();
}

SendOptions sendOptions()
{
    SendOptions options;
    options.senderId = "transfergap";
    options.retryFor = 5s;
    return options;
}

bool makeFiles(const QString& folder, int files)
{
    for (int i = 0; i < files; ++i) {
        const QString below = u"%1/%2"_s.arg(folder).arg(i / filesPerFolder);
        if (i % filesPerFolder == 0 && !QDir().mkpath(below))
            return false;
        QFile file(u"%1/holiday picture %2.jpg"_s.arg(below).arg(i));
        if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray(fileBytes, 'x')) != fileBytes)
            return false;
    }
    return true;
}

class Bench final
{
public:
    Bench(const QString& folder, bool isOpen)
        : m_folder(folder), m_isOpen(isOpen), m_profile(Profile::named({}).value()), m_settings(m_profile),
          m_queue(sendOptions()), m_window(m_profile, m_settings, m_queue, m_receiver)
    {
        m_window.resize(1000, 800);
        m_window.show();
        QObject::connect(&m_receiver, &Receiver::filesChanged, &m_context,
                         [this](const QList<FileSnapshot>& files) { count(files.size(), m_received); });
        QObject::connect(&m_queue, &UploadQueue::filesChanged, &m_context,
                         [this](const QList<FileSnapshot>& files) { count(files.size(), m_sent); });
        QObject::connect(&m_receiver, &Receiver::stateChanged, &m_context, [this](Receiver::State state) {
            if (state == Receiver::State::On)
                m_queue.send({m_folder + u"/source"_s}, {u"127.0.0.1"_s, m_receiver.port(), true});
        });
        QObject::connect(&m_receiver, &Receiver::uploadsChanged, &m_context,
                         [this](const QList<TransferSnapshot>& uploads) {
                             follow(m_window.findChild<ReceivePage*>()->panel(), uploads);
                         });
        QObject::connect(&m_queue, &UploadQueue::uploadsChanged, &m_context,
                         [this](const QList<TransferSnapshot>& uploads) {
                             follow(m_window.findChild<SendPage*>()->panel(), uploads);
                         });
    }

    int run()
    {
        ReceiveOptions options;
        options.folder = m_folder + u"/target"_s;
        options.address = QHostAddress::LocalHost;
        options.accept = AcceptPolicy::Everyone;
        options.takesPlain = true;
        QTimer frames;
        frames.setTimerType(Qt::PreciseTimer);
        QElapsedTimer sinceFrame;
        Times gaps;
        QObject::connect(&frames, &QTimer::timeout, &m_context, [&] {
            if (sinceFrame.isValid())
                gaps.add(sinceFrame);
            sinceFrame.start();
        });
        QElapsedTimer all;
        all.start();
        m_receiver.start(options);
        frames.start(16ms);
        m_loop.exec();
        frames.stop();
        std::printf("%.2f s, %lld landed; gap %.1f ms median, %.1f ms 99%%, %.1f ms longest; "
                    "at once %lld sent, %lld received; memory %s\n",
                    static_cast<double>(all.elapsed()) / 1000, static_cast<long long>(m_landed), gaps.at(0.5),
                    gaps.at(0.99), gaps.at(1), static_cast<long long>(m_sent),
                    static_cast<long long>(m_received), peakMemory().constData());
        return gaps.at(1) <= longestGap && m_failed == 0 ? 0 : 1;
    }

private:
    static void count(qsizetype files, qsizetype& most) { most = std::max(most, files); }

    void follow(TransferPanel& panel, const QList<TransferSnapshot>& uploads)
    {
        for (const TransferSnapshot& upload : uploads) {
            if (m_isOpen)
                panel.model().showFiles(upload.id, ShownFiles::All);
            if (!isFinal(upload.state))
                continue;
            m_landed = upload.filesDone;
            m_failed += upload.filesTotal - upload.filesDone;
            if (++m_ended == 2)
                QTimer::singleShot(100ms, &m_loop, &QEventLoop::quit);
        }
    }

    const QString m_folder;
    const bool m_isOpen;
    const Profile m_profile;
    Settings m_settings;
    UploadQueue m_queue;
    Receiver m_receiver;
    MainWindow m_window;
    QEventLoop m_loop;
    QObject m_context;
    qsizetype m_sent = 0;
    qsizetype m_received = 0;
    qint64 m_landed = 0;
    qint64 m_failed = 0;
    int m_ended = 0;
};

} // namespace

int main(int argc, char* argv[])
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QTemporaryDir folder;
    qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
    const QApplication application(argc, argv);
    QCommandLineParser parser;
    const QCommandLineOption files(u"files"_s, u"Files to send."_s, u"N"_s, u"100000"_s);
    const QCommandLineOption open(u"open"_s, u"Show the files of the batch."_s);
    parser.addOptions({files, open});
    parser.addHelpOption();
    parser.process(application);
    const bool isMade = makeFiles(folder.path() + u"/source"_s, parser.value(files).toInt()) &&
                        QDir().mkpath(folder.path() + u"/target"_s);
    if (!isMade) {
        std::fprintf(stderr, "Cannot make the files.\n");
        return 1;
    }
    Bench bench(folder.path(), parser.isSet(open));
    return bench.run();
}
