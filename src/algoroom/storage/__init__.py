"""What must outlive the process: SQLite or PostgreSQL, behind one set of tables and one writer."""
