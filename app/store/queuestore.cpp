#include "queuestore.h"

#include "logging.h"

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
class QueueStore::Database final : public QObject
{
public:
    explicit Database(QString folder) : m_folder(std::move(folder)) {}

    ~Database() override
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
        QSqlQuery query = run(u"SELECT key, host, port, paths FROM queue ORDER BY rowid"_s, {});
        while (query.next()) {
            QueuedUpload upload;
            upload.key = query.value(0).toByteArray();
            upload.peer = {query.value(1).toString(), static_cast<quint16>(query.value(2).toUInt())};
            const QJsonArray paths = QJsonDocument::fromJson(query.value(3).toByteArray()).array();
            for (const auto path : paths)
                upload.paths += path.toString();
            if (!upload.paths.isEmpty())
                uploads += upload;
        }
        return uploads;
    }

    void add(const QueuedUpload& upload)
    {
        const QByteArray paths =
            QJsonDocument(QJsonArray::fromStringList(upload.paths)).toJson(QJsonDocument::Compact);
        run(u"INSERT OR REPLACE INTO queue (key, host, port, paths) VALUES (?, ?, ?, ?)"_s,
            {upload.key, upload.peer.host, upload.peer.port, paths});
    }

    void remove(const QByteArray& key) { run(u"DELETE FROM queue WHERE key = ?"_s, {key}); }

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
        database.setDatabaseName(m_folder + u"/sockdrop.db"_s);
        if (!database.open()) {
            qCWarning(lcStore) << "Cannot open" << database.databaseName() << ":"
                               << database.lastError().text();
            return;
        }
        QSqlQuery query(database);
        query.exec(u"PRAGMA journal_mode = WAL"_s);
        query.exec(u"CREATE TABLE IF NOT EXISTS queue (key BLOB UNIQUE NOT NULL, host TEXT NOT NULL, "
                   "port INTEGER NOT NULL, paths BLOB NOT NULL)"_s);
    }

    const QString m_folder;
    const QString m_connection = QUuid::createUuid().toString();
    bool m_isOpen = false;
};

QueueStore::QueueStore(const QString& folder) : m_database(new Database(folder))
{
    m_database->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_database, &QObject::deleteLater);
    m_thread.setObjectName(u"store"_s);
    m_thread.start();
}

QueueStore::~QueueStore()
{
    // Behind everything that was asked for.
    QMetaObject::invokeMethod(
        m_database, [this] { m_thread.quit(); }, Qt::QueuedConnection);
    m_thread.wait();
}

void QueueStore::load()
{
    QMetaObject::invokeMethod(
        m_database,
        [this] {
            // Told on the thread of this object, like everything here.
            QMetaObject::invokeMethod(
                this, [this, uploads = m_database->load()] { Q_EMIT loaded(uploads); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void QueueStore::add(const QueuedUpload& upload)
{
    QMetaObject::invokeMethod(
        m_database, [this, upload] { m_database->add(upload); }, Qt::QueuedConnection);
}

void QueueStore::remove(const QByteArray& key)
{
    QMetaObject::invokeMethod(
        m_database, [this, key] { m_database->remove(key); }, Qt::QueuedConnection);
}

} // namespace sockdrop
