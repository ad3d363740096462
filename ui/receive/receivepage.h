#pragma once

#include "messagebar.h"
#include "receiver.h"
#include "transferpanel.h"

#include <QWidget>

class QBoxLayout;
class QCheckBox;
class QComboBox;
class QFormLayout;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace sockdrop {

class AddressBox;
class DestinationBox;
class FolderProbe;
class OffersArea;
class PartialsLine;
class QrView;
class Settings;
class Switch;

/// The Receive tab: the switch, what others need to know to reach this machine, where files land, and what
/// comes in. Never turns receiving on by itself.
class ReceivePage final : public QWidget
{
    Q_OBJECT

public:
    ReceivePage(Receiver& receiver, Settings& settings, QWidget* parent = nullptr);

    /// Who this device is, and whom it knows; while it is off, and before it is first turned on.
    void setTrust(std::shared_ptr<const TlsContext> identity, std::shared_ptr<KnownPeers> knownPeers);

    [[nodiscard]] TransferPanel& panel() { return *m_panel; }
    [[nodiscard]] MessageBar& warning() { return *m_warning; }
    [[nodiscard]] MessageBar& notice() { return *m_notice; }
    [[nodiscard]] Switch& receiveSwitch() { return *m_switch; }
    [[nodiscard]] QSpinBox& portField() { return *m_port; }
    [[nodiscard]] OffersArea& offersArea() { return *m_offers; }
    [[nodiscard]] QComboBox& acceptCombo() { return *m_accept; }
    [[nodiscard]] QCheckBox& plainBox() { return *m_plain; }
    [[nodiscard]] PartialsLine& partialsLine() { return *m_partials; }
    [[nodiscard]] DestinationBox& destinationBox() { return *m_destination; }

Q_SIGNALS:
    /// How many uploads wait for an answer, when that changes.
    void offersWaiting(qsizetype count);
    void knownPeersRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    QWidget* makeFacts();
    void fillForm(QFormLayout& form);
    void connectReceiver();
    void connectFields();
    void makeAdmission();
    void admissionChosen();
    void showWarning();

    void start(bool makesFolder = false);
    void startAgain();
    void askToStop();
    void switchClicked(bool isOn);
    [[nodiscard]] QString deviceName() const;
    void showState();
    void showAddress();
    void showStartFailure(const Error& error, quint16 freePort);
    void showFirstContact(const OfferSnapshot& contact);
    void showContactEnd(const OfferSnapshot& contact);
    void showFolderStatus(const FolderStatus& status);
    void portChosen();
    void destinationChosen(const QString& folder);

    Receiver& m_receiver;
    Settings& m_settings;
    TransferPanel* m_panel;
    MessageBar* m_warning; ///< stands there always
    MessageBar* m_notice;
    Switch* m_switch;
    QLineEdit* m_name;
    QSpinBox* m_port;
    AddressBox* m_addresses;
    DestinationBox* m_destination;
    QComboBox* m_accept;
    QPushButton* m_known;
    QCheckBox* m_plain;
    OffersArea* m_offers;
    PartialsLine* m_partials;
    QrView* m_qr;
    FolderProbe* m_probe;
    QBoxLayout* m_factsLayout = nullptr;
    std::shared_ptr<const TlsContext> m_identity;
    std::shared_ptr<KnownPeers> m_knownPeers;
    QString m_landsIn;          ///< the folder the receiver uses, while it is on
    bool m_startsAgain = false; ///< once it is off; set only while it is not
};

} // namespace sockdrop
