#pragma once

#include <QObject>

class QLineEdit;

namespace sockdrop {

/// Keeps a text field from taking the paste shortcut while files are on the clipboard, so that the window's
/// own Paste gets it. Belongs to the field.
class FilePasteFilter final : public QObject
{
    Q_OBJECT

public:
    explicit FilePasteFilter(QLineEdit& field);

    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace sockdrop
