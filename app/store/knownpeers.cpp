#include "knownpeers.h"

#include "peerkeys.h"
#include "privatedatabase.h"

#include <QDir>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTimeZone>
#include <QUrl>
#include <QUuid>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

// Extended result codes carry more above these eight bits (https://sqlite.org/rescode.html).
constexpr int sqliteBusy = 5;
constexpr int sqliteLocked = 6;
constexpr int sqliteReadOnly = 8;
constexpr int sqliteCorrupt = 11;
constexpr int sqliteFull = 13;
constexpr int sqliteNotADatabase = 26;

Error databaseError(const QSqlError& error, const QString& path)
{
    const QString reason = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case sqliteCorrupt:
    case sqliteNotADatabase:
        return {ErrorCode::IoError,
                u"The list of known peers is damaged: %1 (%2). It was left as it is; put a copy in its "
                "place, or move it away to begin with an empty list."_s.arg(path, reason)};
    case sqliteBusy:
    case sqliteLocked:
        return {ErrorCode::IoError,
                u"Another program keeps the list of known peers in %1 busy (%2)."_s.arg(path, reason)};
    case sqliteReadOnly:
        return {ErrorCode::PermissionDenied,
                u"The list of known peers in %1 cannot be written (%2)."_s.arg(path, reason)};
    case sqliteFull:
        return {ErrorCode::NoSpace,
                u"There is no space for the list of known peers in %1 (%2)."_s.arg(path, reason)};
    default:
        return {ErrorCode::IoError,
                u"The list of known peers in %1 cannot be used (%2)."_s.arg(path, reason)};
    }
}

/// The file, open for one call on its thread. What was begun and not committed is undone at the end.
class Database final
{
public:
    explicit Database(const QString& folder) : m_path(folder + u"/sockdrop.db"_s) {}
    ~Database()
    {
        if (!m_isOpen)
            return;
        QSqlDatabase::database(m_connection, false).close();
        QSqlDatabase::removeDatabase(m_connection);
    }
    Q_DISABLE_COPY_MOVE(Database)

    /// False where nobody was ever known: nothing is made then.
    Result<bool> openForReading()
    {
        struct stat status
        {};
        if (::stat(QFile::encodeName(m_path).constData(), &status) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return false;
            return systemError(errno, u"Cannot read the list of known peers in %1"_s.arg(m_path));
        }
        if (const Result<void> opened = isFixed() ? openFixed() : open(); !opened)
            return opened.error();
        Result<QSqlQuery> tables = run(u"SELECT 1 FROM sqlite_master WHERE name = 'peers'"_s);
        if (!tables)
            return tables.error();
        return tables->next();
    }

    /// Begins a transaction that keeps other writers out.
    Result<void> openForWriting()
    {
        if (!QDir().mkpath(QFileInfo(m_path).path()))
            return Error{ErrorCode::PermissionDenied,
                         u"Cannot make the folder of the known peers, %1."_s.arg(QFileInfo(m_path).path())};
        keepPrivate(m_path);
        if (const Result<void> opened = open(); !opened)
            return opened.error();
        // Not waited for: whoever is in the file at the moment does the same, or the next one does.
        static_cast<void>(run(u"PRAGMA journal_mode = WAL"_s));
        for (const QString& text :
             {u"BEGIN IMMEDIATE"_s,
              u"CREATE TABLE IF NOT EXISTS peers (fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, "
              "name_key TEXT NOT NULL UNIQUE, address TEXT NOT NULL, address_key TEXT UNIQUE, "
              "is_always_accepted INTEGER NOT NULL, added_at INTEGER, seen_at INTEGER)"_s}) {
            if (const Result<QSqlQuery> done = run(text); !done)
                return done.error();
        }
        return {};
    }

    Result<void> commit()
    {
        const Result<QSqlQuery> done = run(u"COMMIT"_s);
        return done ? Result<void>() : done.error();
    }

    Result<QSqlQuery> run(const QString& text, const QVariantList& values = {})
    {
        QSqlQuery query(QSqlDatabase::database(m_connection, false));
        query.setForwardOnly(true);
        bool isDone = query.prepare(text);
        for (const QVariant& value : values)
            query.addBindValue(value);
        isDone = isDone && query.exec();
        if (!isDone)
            return databaseError(query.lastError(), m_path);
        return query;
    }

private:
    /// Nobody of this user can change it now; SQLite would want to make files beside it even to read it.
    [[nodiscard]] bool isFixed() const
    {
        const QByteArray folder = QFile::encodeName(QFileInfo(m_path).path());
        return ::faccessat(AT_FDCWD, folder.constData(), W_OK, AT_EACCESS) != 0 &&
               !QFileInfo::exists(m_path + u"-wal"_s);
    }

    Result<void> openFixed()
    {
        QUrl url = QUrl::fromLocalFile(m_path);
        url.setQuery(u"immutable=1"_s);
        return openAs(QString::fromLatin1(url.toEncoded()), u"QSQLITE_OPEN_READONLY;QSQLITE_OPEN_URI"_s);
    }

    Result<void> open() { return openAs(m_path, u"QSQLITE_BUSY_TIMEOUT=3000"_s); }

    Result<void> openAs(const QString& name, const QString& options)
    {
        m_isOpen = true;
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
        database.setConnectOptions(options);
        database.setDatabaseName(name);
        if (!database.open())
            return databaseError(database.lastError(), m_path);
        return {};
    }

    const QString m_path;
    const QString m_connection = QUuid::createUuid().toString();
    bool m_isOpen = false;
};

const QString columns = u"fingerprint, name, address, is_always_accepted, added_at, seen_at"_s;

QVariant timeValue(const QDateTime& time)
{
    return time.isValid() ? QVariant(time.toMSecsSinceEpoch()) : QVariant(QMetaType::fromType<qint64>());
}

QDateTime timeOf(const QVariant& value)
{
    return value.isNull() ? QDateTime()
                          : QDateTime::fromMSecsSinceEpoch(value.toLongLong(), QTimeZone::utc());
}

Result<QList<KnownPeer>> select(const QString& folder, const QString& condition, const QVariantList& values)
{
    Database database(folder);
    const Result<bool> opened = database.openForReading();
    if (!opened)
        return opened.error();
    QList<KnownPeer> peers;
    if (!opened.value())
        return peers;
    Result<QSqlQuery> query = database.run(u"SELECT %1 FROM peers %2"_s.arg(columns, condition), values);
    if (!query)
        return query.error();
    while (query->next()) {
        peers += {.fingerprint = query->value(0).toString(),
                  .name = query->value(1).toString(),
                  .address = query->value(2).toString(),
                  .isAlwaysAccepted = query->value(3).toBool(),
                  .addedAt = timeOf(query->value(4)),
                  .seenAt = timeOf(query->value(5))};
    }
    // Damage ends the rows, too.
    if (query->lastError().isValid())
        return databaseError(query->lastError(), folder + u"/sockdrop.db"_s);
    return peers;
}

Result<std::optional<KnownPeer>> selectOne(const QString& folder, const QString& column, const QString& key)
{
    const Result<QList<KnownPeer>> peers = select(folder, u"WHERE %1 = ?"_s.arg(column), {key});
    if (!peers)
        return peers.error();
    return peers->isEmpty() ? std::nullopt : std::optional(peers->first());
}

bool isFingerprint(const QString& text)
{
    return text.size() == 64 && std::ranges::all_of(text, [](QChar c) {
               return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
           });
}

Error unknownPeer(const QString& fingerprint)
{
    return {ErrorCode::NotFound, u"There is no known peer with the fingerprint %1."_s.arg(fingerprint)};
}

Result<bool> isNameTaken(Database& database, const QString& name, const QString& fingerprint)
{
    Result<QSqlQuery> others = database.run(u"SELECT 1 FROM peers WHERE name_key = ? AND fingerprint <> ?"_s,
                                            {nameKey(name), fingerprint});
    if (!others)
        return others.error();
    return others->next();
}

Result<QString> freeName(Database& database, const KnownPeer& peer)
{
    const QString wanted = nameKey(peer.name).isEmpty() ? peer.fingerprint.first(8) : peer.name;
    QString name = wanted;
    for (int number = 2;; ++number) {
        const Result<bool> taken = isNameTaken(database, name, peer.fingerprint);
        if (!taken)
            return taken.error();
        if (!taken.value())
            return name;
        name = u"%1 (%2)"_s.arg(wanted, QString::number(number));
    }
}

/// Others lose the address.
Result<void> freeAddress(Database& database, const QString& address, const QString& fingerprint)
{
    const Result<QSqlQuery> freed = database.run(
        u"UPDATE peers SET address = '', address_key = NULL WHERE address_key = ? AND fingerprint <> ?"_s,
        {addressKey(address), fingerprint});
    return freed ? Result<void>() : freed.error();
}

/// SQL's NULL for no address: only that may be there twice.
QVariant addressValue(const QString& address)
{
    return address.isEmpty() ? QVariant(QMetaType::fromType<QString>()) : QVariant(addressKey(address));
}

/// Runs one statement about the peer with that fingerprint, which is bound behind `values`.
Result<void> change(Database& database, const QString& text, QVariantList values, const QString& fingerprint)
{
    values += fingerprint;
    const Result<QSqlQuery> changed = database.run(text, values);
    if (!changed)
        return changed.error();
    if (changed->numRowsAffected() == 0)
        return unknownPeer(fingerprint);
    return database.commit();
}

} // namespace

Result<QList<KnownPeer>> KnownPeers::all()
{
    return select(m_folder, u"ORDER BY name_key"_s, {});
}

bool KnownPeers::isEmpty()
{
    const Result<QList<KnownPeer>> peers = all();
    return peers && peers->isEmpty();
}

Result<std::optional<KnownPeer>> KnownPeers::find(const QString& fingerprint)
{
    return selectOne(m_folder, u"fingerprint"_s, fingerprint);
}

Result<std::optional<KnownPeer>> KnownPeers::findByAddress(const QString& address)
{
    return selectOne(m_folder, u"address_key"_s, addressKey(address));
}

Result<std::optional<KnownPeer>> KnownPeers::findByName(const QString& name)
{
    return selectOne(m_folder, u"name_key"_s, nameKey(name));
}

Result<void> KnownPeers::put(const KnownPeer& peer)
{
    if (!isFingerprint(peer.fingerprint))
        return Error{ErrorCode::InvalidArgument, u"“%1” is not a fingerprint."_s.arg(peer.fingerprint)};
    const std::lock_guard lock(m_writing);
    Database database(m_folder);
    if (const Result<void> opened = database.openForWriting(); !opened)
        return opened.error();
    const Result<QString> name = freeName(database, peer);
    if (!name)
        return name.error();
    if (const Result<void> freed = freeAddress(database, peer.address, peer.fingerprint); !freed)
        return freed.error();
    const QVariantList values{peer.fingerprint,           name.value(),
                              nameKey(name.value()),      peer.address.isNull() ? u""_s : peer.address,
                              addressValue(peer.address), peer.isAlwaysAccepted,
                              timeValue(peer.addedAt),    timeValue(peer.seenAt)};
    const Result<QSqlQuery> put = database.run(
        u"INSERT INTO peers (fingerprint, name, name_key, address, address_key, is_always_accepted, "
        "added_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET "
        "name = excluded.name, name_key = excluded.name_key, address = excluded.address, "
        "address_key = excluded.address_key, is_always_accepted = excluded.is_always_accepted, "
        "added_at = excluded.added_at, seen_at = excluded.seen_at"_s,
        values);
    return put ? database.commit() : put.error();
}

Result<void> KnownPeers::markSeen(const QString& fingerprint, const QString& address)
{
    const std::lock_guard lock(m_writing);
    Database database(m_folder);
    if (const Result<void> opened = database.openForWriting(); !opened)
        return opened.error();
    const QVariant now = timeValue(QDateTime::currentDateTimeUtc());
    const Result<QSqlQuery> seen =
        database.run(u"UPDATE peers SET seen_at = ? WHERE fingerprint = ?"_s, {now, fingerprint});
    if (!seen)
        return seen.error();
    if (seen->numRowsAffected() == 0)
        return {};
    if (address.isEmpty())
        return database.commit();
    if (const Result<void> freed = freeAddress(database, address, fingerprint); !freed)
        return freed.error();
    return change(database, u"UPDATE peers SET address = ?, address_key = ? WHERE fingerprint = ?"_s,
                  {address, addressKey(address)}, fingerprint);
}

Result<void> KnownPeers::setAlwaysAccepted(const QString& fingerprint, bool isAlwaysAccepted)
{
    const std::lock_guard lock(m_writing);
    Database database(m_folder);
    if (const Result<void> opened = database.openForWriting(); !opened)
        return opened.error();
    return change(database, u"UPDATE peers SET is_always_accepted = ? WHERE fingerprint = ?"_s,
                  {isAlwaysAccepted}, fingerprint);
}

Result<void> KnownPeers::rename(const QString& fingerprint, const QString& name)
{
    if (nameKey(name).isEmpty())
        return Error{ErrorCode::InvalidArgument, u"A peer's name needs at least one visible letter."_s};
    const std::lock_guard lock(m_writing);
    Database database(m_folder);
    if (const Result<void> opened = database.openForWriting(); !opened)
        return opened.error();
    const Result<bool> taken = isNameTaken(database, name, fingerprint);
    if (!taken)
        return taken.error();
    if (taken.value())
        return Error{ErrorCode::AlreadyExists, u"Another known peer is called “%1” already."_s.arg(name)};
    return change(database, u"UPDATE peers SET name = ?, name_key = ? WHERE fingerprint = ?"_s,
                  {name, nameKey(name)}, fingerprint);
}

Result<void> KnownPeers::forget(const QString& fingerprint)
{
    const std::lock_guard lock(m_writing);
    Database database(m_folder);
    if (const Result<void> opened = database.openForWriting(); !opened)
        return opened.error();
    return change(database, u"DELETE FROM peers WHERE fingerprint = ?"_s, {}, fingerprint);
}

} // namespace sockdrop
