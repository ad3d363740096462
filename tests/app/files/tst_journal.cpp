#include "journal.h"
#include "systemcalls.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void keepsTheLastRecord();
    void whatIsDamagedEndsIt();
    void afterAnotherStartOnlySyncedRecordsCount();
    void lastRecordTellsHowTheFileLooked();
    void olderJournalsAreReadAgain();
    void impossibleRecordsEndIt();
    void uselessOnesAreNone();

private:
    [[nodiscard]] QByteArray content() const
    {
        QFile file(m_home->filePath(u"j"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// A journal with records after 1, 2 (synced) and 3 chunks.
    [[nodiscard]] QByteArray written() const
    {
        Result<Journal> journal = Journal::create(m_calls, m_folder->number(), "j", m_header);
        if (!journal)
            return {};
        for (int chunks = 1; chunks <= 3; ++chunks) {
            if (!journal->append(progress(chunks), chunks == 2))
                return {};
        }
        return content();
    }
    [[nodiscard]] static Journal::Progress progress(int chunks)
    {
        return {chunks * chunkBytes, ChainDigest(Hash128::of(QByteArray::number(chunks)), chunks)};
    }

    const SystemCalls m_calls{};
    const Journal::Header m_header{u"sub/ü \"a\"\n"_s, 10 * chunkBytes + 1, -5, u"1"_s};
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<FileDescriptor> m_folder;
};

void TestJournal::init()
{
    m_folder.reset();
    m_home = std::make_unique<QTemporaryDir>();
    m_folder = std::make_unique<FileDescriptor>(
        m_calls.openat(AT_FDCWD, QFile::encodeName(m_home->path()).constData(), O_RDONLY | O_DIRECTORY, 0),
        m_calls);
    QVERIFY(m_folder->isOpen());
}

void TestJournal::keepsTheLastRecord()
{
    QVERIFY(!written().isEmpty());
    const auto read = Journal::read(m_calls, m_folder->number(), "j");
    QVERIFY(read);
    QCOMPARE(read->header, m_header);
    QCOMPARE(read->progress, progress(3));

    Result<Journal> again = Journal::open(m_calls, m_folder->number(), "j");
    QVERIFY(again && again->append(progress(4), false));
    QCOMPARE(Journal::read(m_calls, m_folder->number(), "j")->progress, progress(4));
    // Begun anew, it knows nothing.
    QVERIFY(Journal::create(m_calls, m_folder->number(), "j", m_header));
    QCOMPARE(Journal::read(m_calls, m_folder->number(), "j")->progress, Journal::Progress());
}

void TestJournal::whatIsDamagedEndsIt()
{
    const QByteArray text = written();
    const QByteArray boot = Journal::bootId();
    const QList<QByteArray> lines = text.split('\n');
    qsizetype start = 0;
    for (int line = 0; line < 4; ++line) {
        for (qsizetype at = start; at < start + lines[line].size(); ++at) {
            QByteArray damaged = text;
            damaged[at] = static_cast<char>(damaged[at] ^ 4);
            const auto read = Journal::parse(damaged, boot);
            if (line == 0)
                QVERIFY(!read);
            else
                QCOMPARE(read->progress, line == 1 ? Journal::Progress() : progress(line - 1));
        }
        start += lines[line].size() + 1;
    }
    for (qsizetype size = 0; size < text.size(); ++size) {
        const auto read = Journal::parse(text.first(size), boot);
        QCOMPARE(read.has_value(), size > lines[0].size());
        if (read)
            QVERIFY(read->progress.offset <= size * chunkBytes && read->progress.offset < progress(3).offset);
    }
}

void TestJournal::afterAnotherStartOnlySyncedRecordsCount()
{
    const QByteArray text = written();
    QCOMPARE(Journal::parse(text, Journal::bootId())->progress, progress(3));
    QCOMPARE(Journal::parse(text, "another start")->progress, progress(2));
    QCOMPARE(Journal::parse(text, {})->progress, progress(2)); // not known: not trusted
}

/// Only while it is the last one, and in whatever start of the system.
void TestJournal::lastRecordTellsHowTheFileLooked()
{
    static_cast<void>(written());
    const FileStamp stamp{~0ULL, 2, 4 * chunkBytes, -1, 999'999'999, 20'000'000'000, 0};
    Result<Journal> journal = Journal::open(m_calls, m_folder->number(), "j");
    QVERIFY(journal && journal->append(progress(4), stamp));
    for (const QByteArray& boot : {Journal::bootId(), "another start"_ba}) {
        QCOMPARE(Journal::parse(content(), boot)->progress, progress(4));
        QVERIFY(Journal::parse(content(), boot)->stamp == stamp);
    }
    const QByteArray text = content();
    QVERIFY(!Journal::parse(text.chopped(1), Journal::bootId())->stamp); // cut
    QVERIFY(journal->append(progress(5), false));
    QVERIFY(!Journal::read(m_calls, m_folder->number(), "j")->stamp);
    for (const char* words :
         {"", "1 2 3 4 5 6", "1 2 3 4 5 6 7 8", "1 2 3 4 5 6 x", "-1 2 3 4 5 6 7", "1  2 3 4 5 6"})
        QVERIFY2(!FileStamp::fromWords(QByteArray(words).split(' ')), words);
}

/// They have no such record.
void TestJournal::olderJournalsAreReadAgain()
{
    const QByteArray text = "3d7f8cb05ca861bb"
                            " {\"boot\":\"b\",\"journal\":1,\"mtime\":5,\"path\":\"a\",\"size\":2621441}\n";
    const auto read = Journal::parse(text, "b");
    QVERIFY(read);
    QCOMPARE(read->header, (Journal::Header{u"a"_s, 2'621'441, 5, {}}));
    QVERIFY(!read->stamp);
}

void TestJournal::impossibleRecordsEndIt()
{
    for (const Journal::Progress& impossible :
         {Journal::Progress{chunkBytes + 1, {}}, Journal::Progress{-chunkBytes, {}},
          Journal::Progress{11 * chunkBytes, {}}, Journal::Progress{0, {}}}) {
        static_cast<void>(written());
        Result<Journal> journal = Journal::open(m_calls, m_folder->number(), "j");
        QVERIFY(journal && journal->append(impossible, true) && journal->append(progress(5), true));
        QCOMPARE(Journal::read(m_calls, m_folder->number(), "j")->progress, progress(3));
    }
}

void TestJournal::uselessOnesAreNone()
{
    QVERIFY(!Journal::read(m_calls, m_folder->number(), "missing"));
    QVERIFY(!Journal::open(m_calls, m_folder->number(), "missing"));
    for (const QByteArray& text : {""_ba, "\n"_ba, "x\n"_ba, QByteArray(100, '\0')})
        QVERIFY(!Journal::parse(text, "boot"));
    QVERIFY(QFile::link(u"/etc/passwd"_s, m_home->filePath(u"j"_s)));
    QVERIFY(!Journal::read(m_calls, m_folder->number(), "j"));
    QVERIFY(!Journal::open(m_calls, m_folder->number(), "j"));
    QVERIFY(Journal::create(m_calls, m_folder->number(), "j", m_header)); // in the link's place
    QVERIFY(!QFileInfo(m_home->filePath(u"j"_s)).isSymLink());
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
