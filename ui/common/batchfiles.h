#pragma once

#include "filetable.h"

namespace sockdrop {

/// Which files of a batch have rows of their own.
enum class ShownFiles {
    None,
    Failed, ///< those that failed, also when they are tried again then
    All,
};

/// The files of one batch and which of them are shown, in which row.
class BatchFiles final
{
public:
    /// Adds the file or changes what is known of it: its place in the table; -1: none. Rows are only ever
    /// added, at the end.
    int put(const FileSnapshot& file);
    void show(ShownFiles shown);

    [[nodiscard]] ShownFiles shown() const { return m_shown; }
    [[nodiscard]] int rows() const;
    /// The place in the table of what stands in `row`, from 0 on.
    [[nodiscard]] int placeAt(int row) const;
    /// -1: it is not shown.
    [[nodiscard]] int rowOf(int place) const;
    [[nodiscard]] const FileTable& table() const { return m_table; }
    /// Of several things received together, where one of them is: "/in/a.txt", "/in/photos". Empty while none
    /// is.
    [[nodiscard]] QString landedItem() const;

private:
    void showFailed(int place);

    FileTable m_table;
    ShownFiles m_shown = ShownFiles::None;
    std::vector<int> m_failed;    ///< places, while only those are shown
    QHash<int, int> m_failedRows; ///< … and back
    int m_landed = -1;            ///< the place of one that landed
};

} // namespace sockdrop
