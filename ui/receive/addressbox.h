#pragma once

#include <QButtonGroup>
#include <QHostAddress>
#include <QTimer>
#include <QWidget>

class QRadioButton;
class QToolButton;
class QVBoxLayout;

namespace sockdrop {

/// The addresses of this machine with the port, one of them chosen to be copied and shown as QR code.
class AddressBox final : public QWidget
{
    Q_OBJECT

public:
    explicit AddressBox(QWidget* parent = nullptr);

    void setPort(quint16 port);
    /// "192.168.1.7:54321"
    [[nodiscard]] QString chosen() const;

Q_SIGNALS:
    void chosenChanged(const QString& address);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void refresh();
    void rebuild();

    QVBoxLayout* m_rows;
    QToolButton* m_copy;
    QButtonGroup m_group;
    QList<QHostAddress> m_addresses;
    quint16 m_port = 0;
    QTimer m_refreshTimer; // networks come and go; Qt 6.4 does not tell
};

} // namespace sockdrop
