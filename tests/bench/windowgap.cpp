// windowgap [--files N] [--changes N] [--seconds N]
// How long the window's event loop is busy at a stretch while a batch of N files is open in its list: opens
// it, lets it grow, changes files ten times a second, and scrolls all the while. Prints for each the times
// between two frames that are due 16 ms apart, and how long the window took for one signal. Exits with 1 when
// a gap is above 50 ms.
#include "sendpage.h"
#include "settings.h"
#include "times.h"
#include "uploadqueue.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <functional>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr TransferId batchId = 1;

double residentMegabytes()
{
    QFile status(u"/proc/self/statm"_s);
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    constexpr double page = 4096;
    return status.readAll().split(' ').value(1).toDouble() * page / 1e6;
}

FileSnapshot makeFile(quint32 number, TransferState state)
{
    FileSnapshot file;
    file.batch = batchId;
    file.file = number;
    file.state = state;
    file.name = u"photos/%1/holiday picture %2.jpg"_s.arg(number / 500).arg(number);
    file.bytesTotal = 4096;
    file.source = u"/somewhere/below/"_s + file.name;
    if (state == TransferState::Done) {
        file.bytesDone = file.bytesTotal;
        file.destination = file.name;
        file.digest = u"xxh3-128:%1"_s.arg(quint64{number} << 20, 32, 16, QLatin1Char('0'));
    }
    if (state == TransferState::Failed)
        file.error = Error{ErrorCode::SourceUnreadable, u"Cannot read “%1”."_s.arg(file.name)};
    return file;
}

class Bench final
{
public:
    Bench(int files, int changes, std::chrono::seconds length)
        : m_files(files), m_changes(changes), m_length(length), m_settings(Profile::named({}).value()),
          m_queue(SendOptions{}), m_page(m_queue, m_settings)
    {
        m_page.resize(900, 700);
        m_page.show();
    }

    int run()
    {
        tellBatch(0, TransferState::Preparing);
        QCoreApplication::processEvents();
        const double before = residentMegabytes();
        measure(
            "files come, closed", [this] { tellFiles(TransferState::Waiting, false); }, [] {});
        std::printf("%-28s %.1f MB, %.0f bytes each\n", "memory of the files", residentMegabytes() - before,
                    (residentMegabytes() - before) * 1e6 / m_files);
        m_next = 0;
        QElapsedTimer opening;
        opening.start();
        page().panel().model().showFiles(batchId, ShownFiles::All);
        QCoreApplication::processEvents();
        std::printf("%-28s %.1f ms\n", "opening", static_cast<double>(opening.nsecsElapsed()) / 1e6);
        measure(
            "files change, scrolling", [this] { tellFiles(TransferState::Transferring, true); },
            [this] { scrollOn(); });
        m_next = 0;
        measure(
            "files end, following", [this] { tellFiles(TransferState::Done, true); }, [] {});
        page().panel().model().showFiles(batchId, ShownFiles::Failed);
        m_next = 0;
        measure(
            "all fail, scrolling", [this] { tellFiles(TransferState::Failed, true); },
            [this] { scrollOn(); });
        m_files *= 2;
        page().panel().model().showFiles(batchId, ShownFiles::All);
        measure(
            "rows come, scrolling", [this] { tellFiles(TransferState::Waiting, true); },
            [this] { scrollOn(); });
        return m_longest > 50 ? 1 : 0;
    }

private:
    SendPage& page() { return m_page; }
    TransferView& view() { return m_page.panel().view(); }

    void tellBatch(qint64 done, TransferState state)
    {
        TransferSnapshot batch;
        batch.id = batchId;
        batch.isBatch = true;
        batch.state = state;
        batch.name = u"photos"_s;
        batch.peer = u"laptop"_s;
        batch.source = u"/somewhere/below/photos"_s;
        batch.filesTotal = m_files;
        batch.filesDone = done;
        batch.bytesTotal = m_files * qint64{4096};
        batch.bytesDone = done * 4096;
        batch.bytesPerSecond = 80e6;
        batch.timeLeft = 5s;
        Q_EMIT m_queue.uploadsChanged({batch});
    }

    /// The next ones, from the first on again after the last.
    void tellFiles(TransferState state, bool startsOver)
    {
        QList<FileSnapshot> files;
        for (int i = 0; i < m_changes && (startsOver || m_next < m_files); ++i) {
            files << makeFile(static_cast<quint32>(m_next % m_files + 1), state);
            ++m_next;
        }
        tellBatch(std::min(m_next, m_files), TransferState::Transferring);
        QElapsedTimer told;
        told.start();
        Q_EMIT m_queue.filesChanged(files);
        m_told.add(told);
    }

    void scrollOn()
    {
        QScrollBar* bar = view().verticalScrollBar();
        // Like a wheel, and now and then like somebody who drags the bar.
        ++m_frame;
        bar->setValue(m_frame % 50 == 0
                          ? static_cast<int>((qint64{bar->maximum()} * (m_frame * 37 % 100)) / 100)
                          : bar->value() + 90);
    }

    void measure(const char* what, const std::function<void()>& tell, const std::function<void()>& scroll)
    {
        Times gaps;
        m_told = {};
        QElapsedTimer sinceFrame;
        QObject context;
        QTimer frames;
        frames.setTimerType(Qt::PreciseTimer);
        QObject::connect(&frames, &QTimer::timeout, &context, [&] {
            if (sinceFrame.isValid())
                gaps.add(sinceFrame);
            sinceFrame.start();
            scroll();
        });
        QTimer news;
        QObject::connect(&news, &QTimer::timeout, &context, tell);
        frames.start(16ms);
        news.start(100ms);
        QEventLoop loop;
        QTimer::singleShot(m_length, &loop, &QEventLoop::quit);
        loop.exec();
        while (m_next < m_files) // the whole list, whatever the time was
            tell();
        m_longest = std::max(m_longest, gaps.at(1));
        std::printf("%-28s gap %5.1f ms median, %5.1f ms 99%%, %5.1f ms longest; "
                    "signal %4.1f ms median, %4.1f ms longest\n",
                    what, gaps.at(0.5), gaps.at(0.99), gaps.at(1), m_told.at(0.5), m_told.at(1));
        std::fflush(stdout);
    }

    int m_files;
    int m_changes;
    std::chrono::milliseconds m_length;
    Settings m_settings;
    UploadQueue m_queue;
    SendPage m_page;
    int m_next = 0;
    int m_frame = 0;
    Times m_told;
    double m_longest = 0;
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
    const QCommandLineOption files(u"files"_s, u"Files of the batch."_s, u"N"_s, u"100000"_s);
    const QCommandLineOption changes(u"changes"_s, u"Files that change every 100 ms."_s, u"N"_s, u"2000"_s);
    const QCommandLineOption seconds(u"seconds"_s, u"Length of each measurement."_s, u"N"_s, u"5"_s);
    parser.addOptions({files, changes, seconds});
    parser.addHelpOption();
    parser.process(application);
    Bench bench(parser.value(files).toInt(), parser.value(changes).toInt(),
                std::chrono::seconds(parser.value(seconds).toInt()));
    return bench.run();
}
