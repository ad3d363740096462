#include "queuestore.h"

#include "logging.h"
#include "privatedatabase.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>

namespace sockdrop {

using namespace Qt::StringLiterals;

/// The connection to the file, on its thread.
class QueueStore::Database final
{
public:
    explicit Database(QString folder) : m_folder(std::move(folder)) {}

    ~Database()
    {
        if (!m_isOpen)
            return;
        QSqlDatabase::database(m_connection, false).close();
        QSqlDatabase::removeDatabase(m_connection);
    }
    Q_DISABLE_COPY_MOVE(Database)

    QList<QueuedUpload> load()
    {
        QList<QueuedUpload> uploads;
        QSqlQuery query = run(u"SELECT key, peer, paths FROM uploads ORDER BY rowid"_s, {});
        while (query.next()) {
            QueuedUpload upload;
            upload.key = query.value(0).toByteArray();
            const Result<PeerAddress> peer = PeerAddress::parse(query.value(1).toString());
            const QJsonArray paths = QJsonDocument::fromJson(query.value(2).toByteArray()).array();
            for (const auto path : paths)
                upload.paths += path.toString();
            if (!peer || upload.paths.isEmpty())
                continue;
            upload.peer = peer.value();
            uploads += upload;
        }
        return uploads;
    }

    void add(const QueuedUpload& upload)
    {
        const QByteArray paths =
            QJsonDocument(QJsonArray::fromStringList(upload.paths)).toJson(QJsonDocument::Compact);
        run(u"INSERT OR REPLACE INTO uploads (key, peer, paths) VALUES (?, ?, ?)"_s,
            {upload.key, upload.peer.toString(), paths});
    }

    void remove(const QByteArray& key) { run(u"DELETE FROM uploads WHERE key = ?"_s, {key}); }

private:
    QSqlQuery run(const QString& text, const QVariantList& values)
    {
        open();
        QSqlQuery query(QSqlDatabase::database(m_connection, false));
        query.prepare(text);
        for (const QVariant& value : values)
            query.addBindValue(value);
        if (!query.exec())
            qCWarning(lcStore) << "The queue of uploads cannot be kept:" << query.lastError().text();
        return query;
    }

    void open()
    {
        if (std::exchange(m_isOpen, true))
            return;
        QDir().mkpath(m_folder);
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
        keepPrivate(m_folder + u"/sockdrop.db"_s);
        database.setDatabaseName(m_folder + u"/sockdrop.db"_s);
        if (!database.open()) {
            qCWarning(lcStore) << "Cannot open" << database.databaseName() << ":"
                               << database.lastError().text();
            return;
        }
        QSqlQuery query(database);
        query.exec(u"PRAGMA journal_mode = WAL"_s);
        query.exec(u"CREATE TABLE IF NOT EXISTS uploads (key BLOB UNIQUE NOT NULL, peer TEXT NOT NULL, "
                   "paths BLOB NOT NULL)"_s);
    }

    const QString m_folder;
    const QString m_connection = QUuid::createUuid().toString();
    bool m_isOpen = false;
};

QueueStore::QueueStore(const QString& folder)
{
    m_thread = std::thread([this, folder] { work(folder); });
}

QueueStore::~QueueStore()
{
    post({}); // behind everything that was asked for
    m_thread.join();
}

void QueueStore::work(const QString& folder)
{
    Database database(folder);
    for (;;) {
        std::unique_lock lock(m_mutex);
        m_news.wait(lock, [this] { return !m_tasks.empty(); });
        const Task task = std::move(m_tasks.front());
        m_tasks.pop_front();
        lock.unlock();
        if (!task)
            return;
        task(database);
    }
}

void QueueStore::post(Task task)
{
    const std::lock_guard lock(m_mutex);
    m_tasks.push_back(std::move(task));
    m_news.notify_all();
}

void QueueStore::load()
{
    post([this](Database& database) {
        // Told on the thread of this object, like everything here.
        QMetaObject::invokeMethod(
            this, [this, uploads = database.load()] { Q_EMIT loaded(uploads); }, Qt::QueuedConnection);
    });
}

void QueueStore::add(const QueuedUpload& upload)
{
    post([upload](Database& database) { database.add(upload); });
}

void QueueStore::remove(const QByteArray& key)
{
    post([key](Database& database) { database.remove(key); });
}

} // namespace sockdrop
