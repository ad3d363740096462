#include "receiverfixture.h"

#include <QDir>
#include <QFile>
#include <QTest>

namespace sockdrop {

using namespace Qt::StringLiterals;

ReceiveOptions ReceiverFixture::open(ReceiveOptions options)
{
    options.accept = AcceptPolicy::Everyone;
    options.takesPlain = true;
    return options;
}

bool ReceiverFixture::start(const ReceiveOptions& options)
{
    return startAsIs(open(options));
}

bool ReceiverFixture::startAsIs(ReceiveOptions options)
{
    m_receiver = std::make_unique<Receiver>();
    connect(m_receiver.get(), &Receiver::uploadsChanged, this,
            [this](const QList<TransferSnapshot>& uploads) { m_snapshots += uploads; });
    connect(m_receiver.get(), &Receiver::logged, this, [this](const LogEntry& entry) { m_entries += entry; });
    options.folder = m_folder.path();
    options.address = QHostAddress::LocalHost;
    m_receiver->start(options);
    return QTest::qWaitFor([this] { return m_receiver->state() == Receiver::State::On; }, 20'000);
}

QStringList ReceiverFixture::landed() const
{
    QStringList names =
        QDir(m_folder.path())
            .entryList(QDir::Files | QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
    names.removeOne(u".sockdrop-partial"_s);
    return names;
}

QByteArray ReceiverFixture::content(const QString& name) const
{
    QFile file(m_folder.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(missing)");
}

qsizetype ReceiverFixture::partials() const
{
    return QDir(m_folder.filePath(u".sockdrop-partial"_s)).entryList(QDir::Files | QDir::Hidden).size();
}

TransferSnapshot ReceiverFixture::finalState() const
{
    const auto isEnded = [this] { return !m_snapshots.isEmpty() && isFinal(m_snapshots.constLast().state); };
    if (!QTest::qWaitFor(isEnded, 20'000))
        return {};
    return m_snapshots.constLast();
}

} // namespace sockdrop
