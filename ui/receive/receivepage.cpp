#include "receivepage.h"

#include "actionbar.h"
#include "addressbox.h"
#include "destinationbox.h"
#include "fieldtexts.h"
#include "fittingscrollarea.h"
#include "flowlayout.h"
#include "folderprobe.h"
#include "format.h"
#include "offersarea.h"
#include "offertext.h"
#include "partialsline.h"
#include "qrview.h"
#include "settings.h"
#include "switch.h"
#include "taborder.h"
#include "tlscontext.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString stateText(Receiver::State state)
{
    switch (state) {
    case Receiver::State::Off:
        return ReceivePage::tr("Receiving is off");
    case Receiver::State::Starting:
        return ReceivePage::tr("Starting…");
    case Receiver::State::On:
        return ReceivePage::tr("Receiving is on");
    case Receiver::State::Stopping:
        return ReceivePage::tr("Stopping…");
    }
    Q_UNREACHABLE();
}

} // namespace

ReceivePage::ReceivePage(Receiver& receiver, Settings& settings, QWidget* parent)
    : QWidget(parent), m_receiver(receiver), m_settings(settings),
      m_panel(new TransferPanel(Direction::Receiving, this)), m_warning(new MessageBar(this)),
      m_notice(new MessageBar(this)), m_switch(new Switch(this)), m_name(new QLineEdit(this)),
      m_port(new QSpinBox(this)), m_addresses(new AddressBox(this)), m_destination(new DestinationBox(this)),
      m_accept(new QComboBox(this)), m_known(new QPushButton(tr("Known devices…"), this)),
      m_plain(new QCheckBox(this)), m_offers(new OffersArea(this)), m_partials(new PartialsLine(this)),
      m_qr(new QrView(this)), m_probe(new FolderProbe(this))
{
    setFocusProxy(m_switch);
    m_warning->setPermanent();
    m_notice->setHeir(m_panel->view());
    m_offers->setHeir(m_panel->view());
    m_name->setText(deviceName());
    m_name->setMaxLength(64);
    m_name->setAccessibleName(tr("Name of this device"));
    m_port->setRange(1, 65535);
    m_port->setValue(settings.port());
    m_port->setGroupSeparatorShown(false);
    m_port->setAccessibleName(tr("Port"));
    m_port->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_destination->setFolder(settings.destination());
    m_destination->setPolicy(settings.conflictPolicy());
    makeAdmission();
    arrange();
    connectFields();
    connectReceiver();
    showState();
}

void ReceivePage::arrange()
{
    const int line = fontMetrics().height();
    auto* actions = new ActionBar(this);
    actions->addTrailing(&m_panel->clearAction());
    auto* head = new QHBoxLayout;
    head->addWidget(m_switch);
    head->addWidget(actions, 1);
    auto* facts = new FittingScrollArea(makeFacts(), 4, this);
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(line * 3 / 4, line * 3 / 4, line * 3 / 4, line * 3 / 4);
    box->setSpacing(line / 2);
    box->addLayout(head);
    box->addWidget(m_warning);
    box->addWidget(m_notice);
    box->addWidget(m_offers);
    box->addWidget(facts);
    box->addWidget(m_partials);
    box->addWidget(m_panel, 1);
    tabInLayoutOrder(*this);
}

QWidget* ReceivePage::makeFacts()
{
    auto* facts = new QWidget(this);
    m_factsLayout = new QBoxLayout(QBoxLayout::LeftToRight, facts);
    m_factsLayout->setContentsMargins({});
    m_factsLayout->setSpacing(fontMetrics().height());
    auto* form = new QFormLayout;
    fillForm(*form);
    m_factsLayout->addLayout(form, 1);
    m_factsLayout->addWidget(m_qr, 0, Qt::AlignTop | Qt::AlignHCenter);
    return facts;
}

void ReceivePage::fillForm(QFormLayout& form)
{
    const int line = fontMetrics().height();
    form.setContentsMargins({});
    form.setHorizontalSpacing(line * 3 / 4);
    form.setVerticalSpacing(line / 3);
    form.setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form.setRowWrapPolicy(QFormLayout::WrapLongRows);
    form.setLabelAlignment(Qt::AlignLeft | Qt::AlignTop);
    form.addRow(tr("Address"), m_addresses);
    form.addRow(tr("Name"), m_name);
    form.addRow(tr("Port"), m_port);
    auto* who = new FlowLayout(line / 3);
    who->addWidget(m_accept);
    who->addWidget(m_known);
    form.addRow(tr("Who may upload"), who);
    static_cast<QLabel*>(form.labelForField(who))->setBuddy(m_accept);
    form.addRow(tr("Not encrypted"), m_plain);
    form.addRow(tr("Files land in"), m_destination);
    form.addRow(tr("Same name"), &m_destination->policyCombo());
}

void ReceivePage::makeAdmission()
{
    m_accept->addItem(tr("Ask me"), QVariant::fromValue(int(AcceptPolicy::Ask)));
    m_accept->addItem(tr("Known devices"), QVariant::fromValue(int(AcceptPolicy::Known)));
    m_accept->addItem(tr("Everyone"), QVariant::fromValue(int(AcceptPolicy::Everyone)));
    m_accept->setCurrentIndex(m_accept->findData(int(m_settings.acceptPolicy())));
    m_accept->setAccessibleName(tr("Who may upload"));
    m_accept->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setPlainToolTip(*m_known, tr("Manage known devices (Ctrl+K)"));
    m_plain->setText(tr("Browsers and old programs"));
    m_plain->setAccessibleName(tr("Let browsers and old programs upload without encryption"));
    setPlainToolTip(*m_plain, tr("What they send can be read and changed on the way"));
    m_plain->setChecked(m_settings.takesPlain());
}

void ReceivePage::setTrust(std::shared_ptr<const TlsContext> identity, std::shared_ptr<KnownPeers> knownPeers)
{
    m_identity = std::move(identity);
    m_knownPeers = std::move(knownPeers);
    m_name->setText(deviceName());
}

QString ReceivePage::deviceName() const
{
    return m_settings.deviceName(m_identity ? m_identity->fingerprint() : QString());
}

void ReceivePage::admissionChosen()
{
    const auto accept = static_cast<AcceptPolicy>(m_accept->currentData().toInt());
    m_settings.setAcceptPolicy(accept);
    m_settings.setTakesPlain(m_plain->isChecked());
    m_receiver.setAdmission(accept, m_plain->isChecked());
    showWarning();
    showAddress();
}

void ReceivePage::showWarning()
{
    const bool isEveryone = m_settings.acceptPolicy() == AcceptPolicy::Everyone;
    const bool isOn = m_receiver.state() == Receiver::State::On;
    QStringList sentences;
    if (isEveryone)
        sentences << (isOn ? tr("Anyone who can reach this address can upload without being asked about.")
                           : tr("While receiving, anyone who can reach this address can upload without being "
                                "asked about."));
    if (m_settings.takesPlain())
        sentences << tr("What browsers and old programs send is not encrypted.");
    m_warning->setVisible(!sentences.isEmpty());
    if (!sentences.isEmpty())
        m_warning->showMessage(isOn ? MessageBar::Kind::Warning : MessageBar::Kind::Information,
                               sentences.join(u' '));
}

void ReceivePage::resizeEvent(QResizeEvent*)
{
    const bool isWide =
        width() > fontMetrics().averageCharWidth() * 90; // more than the parts need beside each other
    m_factsLayout->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void ReceivePage::connectReceiver()
{
    connect(&m_receiver, &Receiver::stateChanged, this, &ReceivePage::showState);
    connect(&m_receiver, &Receiver::startFailed, this, &ReceivePage::showStartFailure);
    connect(&m_receiver, &Receiver::folderStatusChanged, this, &ReceivePage::showFolderStatus);
    connect(&m_receiver, &Receiver::partialsChanged, m_partials, &PartialsLine::showPartials);
    connect(m_partials, &PartialsLine::discardRequested, &m_receiver, &Receiver::discardPartials);
    connect(&m_receiver, &Receiver::offersChanged, this, [this](const QList<OfferSnapshot>& offers) {
        m_offers->showOffers(offers);
        Q_EMIT offersWaiting(offers.size());
    });
    connect(m_offers, &OffersArea::answered, &m_receiver, &Receiver::answer);
    connect(&m_receiver, &Receiver::answerFailed, this, [this](OfferId, const Error& error) {
        m_notice->showMessage(MessageBar::Kind::Error,
                              tr("%1 The upload still waits.").arg(withRemedy(error)));
    });
    connect(&m_receiver, &Receiver::firstContact, this, &ReceivePage::showFirstContact);
    connect(&m_receiver, &Receiver::contactEnded, this, &ReceivePage::showContactEnd);
    connect(&m_receiver, &Receiver::uploadsChanged, m_panel, &TransferPanel::apply);
    connect(&m_receiver, &Receiver::filesChanged, m_panel, &TransferPanel::applyFiles);
    connect(m_panel, &TransferPanel::cancelRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_receiver.cancel(id);
    });
    connect(m_panel, &TransferPanel::discardRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_receiver.discard(id);
    });
    connect(m_panel, &TransferPanel::pauseRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_receiver.pause(id);
    });
    connect(m_panel, &TransferPanel::resumeRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_receiver.resume(id);
    });
}

void ReceivePage::connectFields()
{
    connect(m_switch, &QAbstractButton::clicked, this, &ReceivePage::switchClicked);
    connect(m_name, &QLineEdit::editingFinished, this, [this] {
        if (const QString name = m_name->text().trimmed(); name != deviceName()) // the default is not chosen
            m_settings.setDeviceName(name);
        m_name->setText(deviceName());
    });
    connect(m_accept, &QComboBox::activated, this, &ReceivePage::admissionChosen);
    connect(m_known, &QPushButton::clicked, this, &ReceivePage::knownPeersRequested);
    connect(m_plain, &QCheckBox::clicked, this, &ReceivePage::admissionChosen);
    connect(m_port, &QSpinBox::editingFinished, this, &ReceivePage::portChosen);
    connect(m_destination, &DestinationBox::folderChosen, this, &ReceivePage::destinationChosen);
    connect(m_destination, &DestinationBox::policyChosen, this, [this](ConflictPolicy policy) {
        m_settings.setConflictPolicy(policy);
        m_receiver.setDestination(m_destination->folder(), policy);
    });
    connect(m_addresses, &AddressBox::chosenChanged, this, &ReceivePage::showAddress);
    connect(m_probe, &FolderProbe::found, m_destination, &DestinationBox::showStatus);
}

void ReceivePage::start(bool makesFolder)
{
    if (m_receiver.state() != Receiver::State::Off)
        return;
    m_notice->dismiss();
    ReceiveOptions options;
    options.folder = m_settings.destination();
    options.makesFolder = makesFolder || !m_settings.isDestinationChosen();
    options.port = m_settings.port();
    options.conflict = m_settings.conflictPolicy();
    options.deviceName = deviceName();
    options.accept = m_settings.acceptPolicy();
    options.takesPlain = m_settings.takesPlain();
    options.identity = m_identity;
    options.knownPeers = m_knownPeers;
    m_receiver.start(options);
}

void ReceivePage::startAgain()
{
    // The offer may still stand there when receiving has been turned off by hand.
    m_startsAgain = m_receiver.state() != Receiver::State::Off;
    if (m_startsAgain)
        m_receiver.stop();
    else
        start();
}

void ReceivePage::switchClicked(bool isOn)
{
    if (isOn)
        start();
    else
        askToStop();
    showState(); // the switch shows what is, not what was asked for
}

void ReceivePage::askToStop()
{
    const int running = m_panel->model().totals().active;
    if (running == 0) {
        m_receiver.stop();
        return;
    }
    const QString text = running == 1
                             ? tr("1 upload is still coming in. Turning off cuts it.")
                             : tr("%1 uploads are still coming in. Turning off cuts them.").arg(running);
    m_notice->showMessage(MessageBar::Kind::Warning, text,
                          {{tr("Turn off"), [this] { m_receiver.stop(); }}, {tr("Keep receiving"), [] {}}});
    m_notice->choiceButton(1)->setFocus();
}

void ReceivePage::showState()
{
    const Receiver::State state = m_receiver.state();
    const bool isOn = state == Receiver::State::On;
    m_switch->setText(stateText(state));
    m_switch->setChecked(isOn || state == Receiver::State::Starting);
    m_switch->setEnabled(state != Receiver::State::Stopping);
    m_addresses->setPort(isOn ? m_receiver.port() : m_settings.port());
    m_qr->setVisible(isOn);
    showWarning();
    showAddress();
    m_panel->setEmptyText(isOn ? tr("Ready. Files sent to this device appear here.")
                               : tr("Turn on receiving so that others can send you files."));
    if (state != Receiver::State::Off)
        return;
    m_landsIn.clear();
    m_partials->showPartials({}); // nobody can continue anything now
    m_probe->look(m_destination->folder(), !m_settings.isDestinationChosen());
    if (std::exchange(m_startsAgain, false))
        start();
}

void ReceivePage::showAddress()
{
    const QString address = m_addresses->chosen();
    if (address.isEmpty())
        return;
    if (m_settings.takesPlain())
        m_qr->setText(u"http://%1/"_s.arg(address), tr("For the browser of a phone. Not encrypted."));
    else
        m_qr->setText(u"https://%1/"_s.arg(address),
                      tr("Scan with a phone. Its browser will warn about the certificate; the connection is "
                         "still encrypted."));
}

void ReceivePage::showStartFailure(const Error& error, quint16 freePort)
{
    QList<MessageBar::Choice> choices;
    if (freePort != 0)
        choices.append({tr("Use port %1").arg(freePort), [this, freePort] {
                            m_port->setValue(freePort);
                            m_settings.setPort(freePort);
                            start();
                        }});
    if (error.code == ErrorCode::NotFound)
        choices.append({tr("Create the folder"), [this] { start(true); }});
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::PermissionDenied)
        choices.append({tr("Choose folder…"), [this] { m_destination->choose(); }});
    m_notice->showMessage(MessageBar::Kind::Error, withRemedy(error), choices);
    if (QWidget* first = m_notice->choiceButton(0))
        first->setFocus();
}

/// Where nobody is asked no card shows the code, and the sender's person wants to compare it all the same.
void ReceivePage::showFirstContact(const OfferSnapshot& contact)
{
    if (m_settings.acceptPolicy() != AcceptPolicy::Ask)
        m_notice->showMessage(
            MessageBar::Kind::Information,
            tr("First contact with %1 (%2). Verification code: %3")
                .arg(shortLine(contact.sender), shortLine(contact.address), shortLine(contact.code)));
}

void ReceivePage::showContactEnd(const OfferSnapshot& contact)
{
    const bool differs = contact.contact == ContactState::DiffersThere;
    if (const QString text = contactEndText(contact); !text.isEmpty())
        m_notice->showMessage(differs ? MessageBar::Kind::Error : MessageBar::Kind::Warning, text);
}

void ReceivePage::showFolderStatus(const FolderStatus& status)
{
    if (!status.error) {
        m_landsIn = status.path;
        m_destination->showStatus(status);
        return;
    }
    if (m_landsIn.isEmpty() || m_receiver.state() != Receiver::State::On)
        return; // startFailed() says it
    QString text = withRemedy(*status.error);
    if (status.path != m_landsIn) {
        // The receiver could not change over.
        text += u' ' + tr("Until then files land in %1.").arg(m_landsIn);
        m_settings.setDestination(m_landsIn);
        m_destination->setFolder(m_landsIn);
    } else {
        m_destination->showStatus(status);
    }
    m_notice->showMessage(MessageBar::Kind::Error, text,
                          {{tr("Choose folder…"), [this] { m_destination->choose(); }}});
}

void ReceivePage::portChosen()
{
    const auto port = static_cast<quint16>(m_port->value());
    if (port == m_settings.port())
        return;
    m_settings.setPort(port);
    if (m_receiver.state() != Receiver::State::On) {
        m_addresses->setPort(port);
        return;
    }
    const int running = m_panel->model().totals().active;
    m_notice->showMessage(MessageBar::Kind::Information,
                          running == 0 ? tr("Port %1 is used once receiving starts again.").arg(port)
                                       : tr("Port %1 is used once receiving starts again. That cuts what is "
                                            "coming in now.")
                                             .arg(port),
                          {{tr("Start again now"), [this] { startAgain(); }}});
}

void ReceivePage::destinationChosen(const QString& folder)
{
    m_settings.setDestination(folder);
    m_destination->setFolder(folder);
    m_notice->dismiss();
    if (m_receiver.state() == Receiver::State::Off)
        m_probe->look(folder);
    else
        m_receiver.setDestination(folder, m_destination->policy());
}

} // namespace sockdrop
