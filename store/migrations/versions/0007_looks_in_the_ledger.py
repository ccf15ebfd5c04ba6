"""what was made of pictures is in the ledger"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    with op.batch_alter_table('look', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_n', sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f('ix_look_told_n'), ['told_n'], unique=False)
