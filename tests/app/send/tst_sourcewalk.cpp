#include "sourcestamp.h"
#include "sourcewalk.h"
#include "withoutprivileges.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestSourceWalk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void filesAndFolders();
    void orderOfNames();
    void trailingSlash();
    void nothingIsFoundTwice();
    void nobodyGetsMoreThanTheFoldersLeave();
    void streamsAreExplained();
    void emptyFolders();
    void links();
    void linkThatCannotBeFollowed();
    void loopOfLinks();
    void oddThingsAreReported();
    void missingIsReported();
    void nameThatIsNotUtf8();
    void tellsWhatItFound();
    void tellsTimesOfFolders();
    void unreadableFolder();
    void stopsWhenCancelled();
    void stopsInsideAFolder();
    void deepTree();

private:
    struct Seen
    {
        QStringList files;   ///< relative, sorted
        QStringList folders; ///< relative, sorted
        QStringList skipped; ///< paths and reasons
        QList<SourceItem> items;
    };
    [[nodiscard]] static Seen walk(const QStringList& paths);
    [[nodiscard]] QString in(const QString& relative) const { return m_folder->filePath(relative); }
    void makeFile(const QString& relative) const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSourceWalk::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

TestSourceWalk::Seen TestSourceWalk::walk(const QStringList& paths)
{
    Seen seen;
    const std::atomic<bool> isCancelled = false;
    SourceWalk(
        [&seen](const SourceItem& item) {
            seen.items.append(item);
            (item.isFolder ? seen.folders : seen.files).append(QString::fromUtf8(item.relative));
        },
        [&seen](const QString& path, const Error& error) {
            seen.skipped.append(path + u": "_s + error.text);
        })
        .run(paths, isCancelled);
    seen.files.sort();
    seen.folders.sort();
    return seen;
}

void TestSourceWalk::makeFile(const QString& relative) const
{
    QDir().mkpath(QFileInfo(in(relative)).path());
    QFile file(in(relative));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("x");
}

void TestSourceWalk::filesAndFolders()
{
    makeFile(u"a.txt"_s);
    makeFile(u"tree/b.txt"_s);
    makeFile(u"tree/deep/.hidden"_s);
    const Seen seen = walk({in(u"a.txt"_s), in(u"tree"_s)});
    QCOMPARE(seen.files, QStringList({u"a.txt"_s, u"tree/b.txt"_s, u"tree/deep/.hidden"_s}));
    QVERIFY(seen.folders.isEmpty());
    QVERIFY(seen.skipped.isEmpty());
}

/// As people look for them, whatever order the file system has.
void TestSourceWalk::orderOfNames()
{
    const QStringList expected{u"tree/Beta"_s, u"tree/alpha/1"_s, u"tree/alpha/2"_s, u"tree/alpha/sub/x"_s,
                               u"tree/gamma/1"_s};
    for (const QString& name :
         {u"tree/gamma/1"_s, u"tree/alpha/sub/x"_s, u"tree/alpha/2"_s, u"tree/Beta"_s, u"tree/alpha/1"_s})
        makeFile(name);
    for (int i = 0; i < 40; ++i)
        makeFile(u"many/%1"_s.arg((i * 7) % 40, 2, 10, QChar(u'0')));
    QStringList found;
    for (const SourceItem& item : walk({in(u"tree"_s)}).items)
        found.append(QString::fromUtf8(item.relative));
    QCOMPARE(found, expected);
    found.clear();
    for (const SourceItem& item : walk({in(u"many"_s)}).items)
        found.append(QString::fromUtf8(item.relative));
    QStringList sorted = found;
    sorted.sort();
    QCOMPARE(found.size(), 40);
    QCOMPARE(found, sorted);
}

void TestSourceWalk::trailingSlash()
{
    makeFile(u"tree/b.txt"_s);
    QCOMPARE(walk({in(u"tree/"_s)}).files, QStringList{u"tree/b.txt"_s});
}

void TestSourceWalk::nothingIsFoundTwice()
{
    makeFile(u"tree/a"_s);
    makeFile(u"tree/deep/b"_s);
    makeFile(u"tree-like/c"_s);
    QVERIFY(QFile::link(in(u"tree"_s), in(u"tree/deep/link"_s)));
    const QStringList both{u"tree/a"_s, u"tree/deep/b"_s};
    QCOMPARE(walk({in(u"tree/deep/b"_s), in(u"tree"_s), in(u"./tree/"_s), in(u"tree/a"_s)}).files, both);
    QCOMPARE(walk({in(u"tree/deep"_s), in(u"tree/deep/b"_s)}).files, QStringList{u"deep/b"_s});
    QCOMPARE(walk({in(u"tree"_s), in(u"tree-like"_s)}).files, QStringList{u"tree-like/c"_s} + both);
    // No walk gets there, so it is not found by one.
    QCOMPARE(walk({in(u"tree/deep"_s), in(u"tree/deep/link/a"_s)}).files, QStringList({u"a"_s, u"deep/b"_s}));
}

void TestSourceWalk::nobodyGetsMoreThanTheFoldersLeave()
{
    makeFile(u"tree/open/secret"_s);
    makeFile(u"tree/open/shared"_s);
    makeFile(u"tree/closed/shared"_s);
    makeFile(u"tree/group/shared"_s);
    QVERIFY(QDir().mkpath(in(u"tree/none"_s)));
    const auto set = [this](const QString& path, mode_t mode) {
        QCOMPARE(chmod(QFile::encodeName(in(path)).constData(), mode), 0);
    };
    set(u"tree/open"_s, 0755);
    set(u"tree/group"_s, 0750);
    set(u"tree/none"_s, 0700);
    set(u"tree"_s, 0755);
    set(u"tree/open/secret"_s, 0600);
    for (const QString& folder : {u"open"_s, u"closed"_s, u"group"_s})
        set(u"tree/"_s + folder + u"/shared"_s, 0664);
    set(u"tree/closed"_s, 0700);
    QMap<QByteArray, int> modes;
    for (const SourceItem& item : walk({in(u"tree"_s)}).items)
        modes.insert(item.relative, item.mode);
    QCOMPARE(modes, (QMap<QByteArray, int>{{"tree/open/secret", 0600},
                                           {"tree/open/shared", 0664},
                                           {"tree/closed/shared", 0600},
                                           {"tree/group/shared", 0660},
                                           {"tree/none", 0700}}));
    // What lies above what was dropped says nothing about it.
    QCOMPARE(int(walk({in(u"tree/closed/shared"_s)}).items.constFirst().mode), 0664);
}

void TestSourceWalk::streamsAreExplained()
{
    QCOMPARE(mkfifo(QFile::encodeName(in(u"pipe"_s)).constData(), 0600), 0);
    const Seen seen = walk({in(u"pipe"_s)});
    QCOMPARE(seen.skipped.size(), 1);
    QVERIFY2(seen.skipped.constFirst().contains(u"streams cannot be sent"_s), qPrintable(seen.skipped[0]));
}

void TestSourceWalk::emptyFolders()
{
    QDir().mkpath(in(u"tree/empty"_s));
    makeFile(u"tree/full/b.txt"_s);
    const Seen seen = walk({in(u"tree"_s)});
    QCOMPARE(seen.folders, QStringList{u"tree/empty"_s});
    QCOMPARE(seen.files, QStringList{u"tree/full/b.txt"_s});
}

void TestSourceWalk::links()
{
    makeFile(u"outside"_s);
    makeFile(u"tree/inside"_s);
    QVERIFY(QFile::link(in(u"tree/inside"_s), in(u"tree/good"_s)));
    QVERIFY(QFile::link(in(u"outside"_s), in(u"tree/out"_s)));
    QVERIFY(QFile::link(in(u"nowhere"_s), in(u"tree/dangling"_s)));
    QVERIFY(QFile::link(in(u"tree"_s), in(u"tree/self"_s)));
    const Seen seen = walk({in(u"tree"_s)});
    QCOMPARE(seen.files, QStringList({u"tree/good"_s, u"tree/inside"_s}));
    QCOMPARE(seen.skipped.size(), 3);
    QCOMPARE(seen.skipped.filter(u"link to a place outside"_s).size(), 1);
    QCOMPARE(seen.skipped.filter(u"broken link"_s).size(), 1);
    QCOMPARE(seen.skipped.filter(u"link to something that is not a file"_s).size(), 1);
    // What a person picks by its link is what they want to send.
    QCOMPARE(walk({in(u"tree/out"_s)}).files, QStringList{u"out"_s});
}

/// Its file is there, but not for us.
void TestSourceWalk::linkThatCannotBeFollowed()
{
    makeFile(u"tree/closed/file"_s);
    QVERIFY(QFile::link(in(u"tree/closed/file"_s), in(u"tree/link"_s)));
    const WithoutPrivileges forRoot;
    QVERIFY(QFile::setPermissions(in(u"tree/closed"_s), QFile::Permissions()));
    const Seen seen = walk({in(u"tree"_s)});
    QCOMPARE(seen.skipped.filter(u"Permission denied"_s).size(), 2);
    QVERIFY(
        QFile::setPermissions(in(u"tree/closed"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
}

void TestSourceWalk::loopOfLinks()
{
    QDir().mkpath(in(u"tree"_s));
    QVERIFY(QFile::link(in(u"tree/b"_s), in(u"tree/a"_s)));
    QVERIFY(QFile::link(in(u"tree/a"_s), in(u"tree/b"_s)));
    QCOMPARE(walk({in(u"tree"_s)}).skipped.size(), 2);
}

void TestSourceWalk::oddThingsAreReported()
{
    makeFile(u"tree/file"_s);
    QCOMPARE(mkfifo(QFile::encodeName(in(u"tree/pipe"_s)).constData(), 0600), 0);
    const Seen seen = walk({in(u"tree"_s), u"/dev/null"_s});
    QCOMPARE(seen.files, QStringList{u"tree/file"_s});
    QCOMPARE(seen.skipped.filter(u"this is a named pipe"_s).size(), 1);
    QCOMPARE(seen.skipped.filter(u"this is a device"_s).size(), 1);
}

void TestSourceWalk::missingIsReported()
{
    makeFile(u"a"_s);
    const Seen seen = walk({in(u"gone"_s), in(u"a"_s)});
    QCOMPARE(seen.files, QStringList{u"a"_s});
    QCOMPARE(seen.skipped.size(), 1);
    QVERIFY(seen.skipped.constFirst().contains(in(u"gone"_s)));
}

void TestSourceWalk::nameThatIsNotUtf8()
{
    makeFile(u"tree/good"_s);
    const QByteArray bad = QFile::encodeName(in(u"tree"_s)) + "/b\xff"
                                                              "d";
    const int fd = ::open(bad.constData(), O_CREAT | O_WRONLY, 0600);
    QVERIFY(fd >= 0);
    ::close(fd);
    const Seen seen = walk({in(u"tree"_s)});
    QCOMPARE(seen.files, QStringList{u"tree/good"_s});
    QCOMPARE(seen.skipped.filter(u"not valid UTF-8"_s).size(), 1);
    ::unlink(bad.constData()); // Qt cannot
}

void TestSourceWalk::tellsWhatItFound()
{
    makeFile(u"tree/run me"_s);
    const QByteArray path = QFile::encodeName(in(u"tree/run me"_s));
    const timespec times[2] = {{0, 0}, {1234, 567'999'999}};
    QVERIFY(chmod(path.constData(), 0700) == 0 && utimensat(AT_FDCWD, path.constData(), times, 0) == 0);
    const QByteArray base = QFile::encodeName(m_folder->path()) + '/';
    struct stat status = {};
    QCOMPARE(stat(path.constData(), &status), 0);
    const quint64 version = SourceStamp(status).version();
    QCOMPARE(walk({in(u"tree"_s)}).items,
             (QList<SourceItem>{{base, "tree/run me", false, true, 1, {1'234'567, 999'999}, version, 0700}}));
    QCOMPARE(
        walk({in(u"tree/run me"_s)}).items,
        (QList<SourceItem>{{base + "tree/", "run me", false, true, 1, {1'234'567, 999'999}, version, 0700}}));
}

void TestSourceWalk::unreadableFolder()
{
    makeFile(u"tree/closed/file"_s);
    makeFile(u"tree/open/file"_s);
    const WithoutPrivileges forRoot;
    QVERIFY(QFile::setPermissions(in(u"tree/closed"_s), QFile::Permissions()));
    const Seen seen = walk({in(u"tree"_s)});
    QCOMPARE(seen.files, QStringList{u"tree/open/file"_s});
    QCOMPARE(seen.skipped.size(), 1);
    QVERIFY(seen.skipped.constFirst().contains(in(u"tree/closed"_s)));
    QVERIFY(
        QFile::setPermissions(in(u"tree/closed"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
}

void TestSourceWalk::stopsWhenCancelled()
{
    makeFile(u"a"_s);
    const std::atomic<bool> isCancelled = true;
    bool isFound = false;
    SourceWalk([&isFound](const SourceItem&) { isFound = true; }, [](const QString&, const Error&) {})
        .run({in(u"a"_s)}, isCancelled);
    QVERIFY(!isFound);
}

void TestSourceWalk::stopsInsideAFolder()
{
    for (int i = 0; i < 20; ++i)
        makeFile(u"tree/%1"_s.arg(i));
    std::atomic<bool> isCancelled = false;
    int found = 0;
    SourceWalk([&](const SourceItem&) { isCancelled = ++found == 3; }, [](const QString&, const Error&) {})
        .run({in(u"tree"_s)}, isCancelled);
    QCOMPARE(found, 3);
}

void TestSourceWalk::deepTree()
{
    QString path = u"tree"_s;
    for (int depth = 0; depth < 200; ++depth)
        path += u"/d"_s;
    makeFile(path + u"/file"_s);
    QCOMPARE(walk({in(u"tree"_s)}).files, QStringList{path + u"/file"_s});
}

void TestSourceWalk::tellsTimesOfFolders()
{
    makeFile(u"tree/sub/a"_s);
    QVERIFY(QDir().mkpath(in(u"tree/empty"_s)));
    const timespec times[2] = {{0, 0}, {1234, 567'000'089}};
    for (const QString& folder : {u"tree/sub"_s, u"tree/empty"_s, u"tree"_s})
        QCOMPARE(utimensat(AT_FDCWD, QFile::encodeName(in(folder)).constData(), times, 0), 0);
    QList<SourceFolder> folders;
    const auto ignore = [](auto&&...) {};
    SourceWalk walk(ignore, ignore, [&folders](const SourceFolder& folder) { folders.append(folder); });
    walk.run({in(u"tree"_s)}, false);
    std::sort(folders.begin(), folders.end(),
              [](const SourceFolder& a, const SourceFolder& b) { return a.relative < b.relative; });
    const FileTime time{1'234'567, 89};
    QCOMPARE(folders, (QList<SourceFolder>{{"tree", time}, {"tree/empty", time}, {"tree/sub", time}}));
}

QTEST_GUILESS_MAIN(TestSourceWalk)
#include "tst_sourcewalk.moc"
