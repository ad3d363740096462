#pragma once

#include <vector>

namespace sockdrop {

/// Which row of a flat list shows what: uploads one after another, below some of them their files. Also where
/// a row lies when rows of uploads and of files each have a height of their own. All in the logarithm of how
/// many uploads are open, whatever the number of rows.
class RowMap final
{
public:
    struct Place
    {
        int upload = 0;
        int file = -1; ///< among the rows of that upload's files; -1: the upload itself

        bool operator==(const Place&) const = default;
    };

    struct Heights
    {
        int upload = 1;
        int file = 1;

        bool operator==(const Heights&) const = default;
    };

    /// Uploads come and go at the end only; others mean setting all anew.
    void setUploads(int count);
    /// Rows of files below the upload; 0 for none.
    void setFiles(int upload, int count);
    void closeAll() { m_open.clear(); }

    [[nodiscard]] int rows() const;
    [[nodiscard]] int files(int upload) const;
    [[nodiscard]] Place at(int row) const;
    [[nodiscard]] bool isFile(int row) const { return at(row).file >= 0; }
    [[nodiscard]] int rowOf(int upload) const;

    [[nodiscard]] int heightOf(int row, Heights heights) const;
    /// Of all rows above `row`, which may be rows().
    [[nodiscard]] int top(int row, Heights heights) const;
    /// The row at that height; rows() below the last one.
    [[nodiscard]] int rowAt(int y, Heights heights) const;

private:
    struct Open
    {
        int upload = 0;
        int row = 0; ///< of the upload
        int files = 0;
    };

    [[nodiscard]] int filesAbove(int row) const;

    int m_uploads = 0;
    std::vector<Open> m_open; ///< by upload
};

} // namespace sockdrop
