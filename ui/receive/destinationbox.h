#pragma once

#include "conflictpolicy.h"
#include "receiver.h"

#include <QWidget>

class QComboBox;

namespace sockdrop {

class ElidedLabel;

/// Where received files land: the folder, its free space, and what happens to a file of the same name.
class DestinationBox final : public QWidget
{
    Q_OBJECT

public:
    explicit DestinationBox(QWidget* parent = nullptr);

    void setFolder(const QString& folder);
    [[nodiscard]] QString folder() const { return m_folder; }
    void showStatus(const FolderStatus& status);
    void setPolicy(ConflictPolicy policy);
    [[nodiscard]] ConflictPolicy policy() const;
    [[nodiscard]] QComboBox& policyCombo() { return *m_policy; }

    /// Lets the person choose another folder.
    void choose();

Q_SIGNALS:
    void folderChosen(const QString& folder);
    void policyChosen(sockdrop::ConflictPolicy policy);

private:
    void open();

    QString m_folder;
    ElidedLabel* m_path;
    ElidedLabel* m_free;
    QComboBox* m_policy;
};

} // namespace sockdrop
