#include "addressbox.h"

#include "format.h"
#include "icons.h"
#include "localaddresses.h"
#include "taborder.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QRadioButton>
#include <QToolButton>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

AddressBox::AddressBox(QWidget* parent)
    : QWidget(parent), m_rows(new QVBoxLayout), m_copy(new QToolButton(this))
{
    m_copy->setAutoRaise(true);
    m_copy->setIcon(symbolicIcon(u"copy"_s));
    m_copy->setToolTip(tr("Copy the address"));
    m_copy->setAccessibleName(tr("Copy the address"));
    connect(m_copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(chosen()); });
    auto* box = new QHBoxLayout(this);
    box->setContentsMargins({});
    m_rows->setSpacing(fontMetrics().height() / 6);
    box->addLayout(m_rows, 1);
    box->addWidget(m_copy, 0, Qt::AlignTop);
    connect(&m_group, &QButtonGroup::idToggled, this, [this](int, bool isChosen) {
        if (isChosen)
            Q_EMIT chosenChanged(chosen());
    });
    m_refreshTimer.setInterval(5s);
    connect(&m_refreshTimer, &QTimer::timeout, this, &AddressBox::refresh);
}

void AddressBox::setPort(quint16 port)
{
    m_port = port;
    m_addresses = reachableAddresses(QHostAddress(QHostAddress::Any));
    rebuild();
}

QString AddressBox::chosen() const
{
    const int id = std::max(0, m_group.checkedId());
    return id < m_addresses.size() ? addressText(m_addresses.at(id), m_port) : QString();
}

void AddressBox::showEvent(QShowEvent*)
{
    refresh();
    m_refreshTimer.start();
}

void AddressBox::hideEvent(QHideEvent*)
{
    m_refreshTimer.stop();
}

void AddressBox::refresh()
{
    const QList<QHostAddress> addresses = reachableAddresses(QHostAddress(QHostAddress::Any));
    if (addresses == m_addresses)
        return;
    m_addresses = addresses;
    rebuild();
}

void AddressBox::rebuild()
{
    const int chosenId = std::max(0, m_group.checkedId());
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        m_group.removeButton(static_cast<QAbstractButton*>(item->widget()));
        delete item->widget();
        delete item;
    }
    for (int id = 0; id < m_addresses.size(); ++id) {
        auto* button = new QRadioButton(ltrText(addressText(m_addresses.at(id), m_port)), this);
        button->setToolTip(
            tr("Enter this address in the other Sockdrop. The selected one is in the QR code."));
        button->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        m_group.addButton(button, id);
        m_rows->addWidget(button);
        tabBefore(*button, *m_copy);
    }
    const auto last = static_cast<int>(m_addresses.size()) - 1;
    if (QAbstractButton* button = m_group.button(std::min(chosenId, last)))
        button->setChecked(true);
}

} // namespace sockdrop
