select distinct
    lower(replace(stage_name, ' ', '')) as stage_id,
    'default' as pipeline_id,
    stage_name as label,
    is_closed,
    is_won as closed_won
from opportunities
where stage_name is not null
