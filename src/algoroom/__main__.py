from algoroom.cli import app

app(prog_name="algoroom")
