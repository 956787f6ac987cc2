-- What should the CRM be told about its records, and how many of them are at which stage and grade?
select
    source_system,
    stage,
    grade,
    count(*) as count_records,
    sum(case when reason is null then 1 else 0 end) as count_records_without_a_reason,
    min(score) as lowest_score,
    max(score) as highest_score
from {{ ref('crm_score_sync') }}
group by source_system, stage, grade
order by source_system asc, {{ stage_rank('stage') }} desc nulls last, stage asc, grade asc
