"""What is measured, one kind of work a file. Each has measure(workspace, …) that returns Figures."""
