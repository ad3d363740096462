#include "helditems.h"

#include "droptarget.h"
#include "format.h"

#include <utility>

namespace sockdrop {

HeldItems::HeldItems(QWidget* parent) : QObject(parent), m_bar(new MessageBar(parent))
{
    m_bar->setPermanent();
}

void HeldItems::add(const QStringList& paths)
{
    m_paths += paths;
    m_paths.removeDuplicates();
    if (!m_paths.isEmpty())
        show();
}

QStringList HeldItems::take()
{
    m_bar->leave();
    return std::exchange(m_paths, {});
}

void HeldItems::setPeer(const QString& peer)
{
    m_peer = peer;
    if (!m_paths.isEmpty())
        m_bar->setText(text());
}

void HeldItems::show()
{
    // A choice takes the bar away; who asked to send comes back here where nobody is chosen still.
    m_bar->showMessage(MessageBar::Kind::Information, text(),
                       {{tr("Send"),
                         [this] {
                             m_bar->show();
                             Q_EMIT sendRequested();
                         }},
                        {tr("Don't send"), [this] { m_paths.clear(); }}});
}

QString HeldItems::text() const
{
    const QString items = itemsText(m_paths.size());
    return m_peer.isEmpty() ? tr("%1 ready to send. Choose a device.").arg(items)
                            : tr("Send %1 to %2?").arg(items, shortLine(m_peer));
}

} // namespace sockdrop
